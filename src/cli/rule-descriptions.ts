/**
 * The rules in words. What a rule is for, its level and its address are the metadata of the plugin, and its page is in
 * the package: nothing is said twice. The plugin is loaded late, for most runs describe no rule.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ruleIds, type RuleId } from '../index.js';
import type { RuleDescription } from '../reporters/report.js';

export async function describeRules(ids: readonly RuleId[]): Promise<RuleDescription[]> {
  const { default: plugin } = await import('../../rules/index.js');
  return ruleIds
    .filter((id) => ids.includes(id))
    .map((id) => {
      const { docs, type } = plugin.rules[id].meta;
      const description = docs?.description ?? '';
      return {
        id,
        description: `${description.charAt(0).toUpperCase()}${description.slice(1)}.`,
        level: type === 'problem' ? 'error' : 'warning',
        address: docs?.url ?? '',
        page: readRulePage(id),
      };
    });
}

/** The rule's page, without the marks of its generated parts and of its tested examples. */
export function readRulePage(id: RuleId): string {
  const page = readFileSync(join(packageFolder(), 'docs', 'rules', `${id}.md`), 'utf8');
  return `${page.replaceAll(/<!--[\s\S]*?-->\n*/gu, '').trim()}\n`;
}

/** The folder of this package: it holds the pages whether this module runs from the sources or from the build. */
function packageFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('eslint-plugin-async-race/package.json'));
}
