import { describe, expect, it } from 'vitest';
import { reportMarkdown, sequenceDiagram } from '../../src/reporters/markdown.js';
import { raceFinding, releaseFinding, sampleContext, sampleReport } from './sample.js';

describe('the Markdown report', () => {
  it('is as it was', async () => {
    await expect(reportMarkdown(sampleReport(), sampleContext())).toMatchFileSnapshot('golden/report.md');
  });

  it('says when nothing was found', () => {
    expect(reportMarkdown(sampleReport({ findings: [], errors: [] }), sampleContext())).toBe('## No async races found in 14 files\n');
  });

  it('keeps text from being taken for markup, and code as it is', () => {
    const finding = { ...raceFinding, message: 'A <b> of *x_y* in `a < *b*`.' };
    expect(reportMarkdown(sampleReport({ findings: [finding] }), sampleContext())).toContain('A \\<b\\> of \\*x\\_y\\* in `a < *b*`.');
  });

  it('has a fence that no line of the code closes', () => {
    const context = sampleContext({ lineOf: (_file, line) => (line < 12 ? 'const fence = "```";' : undefined) });
    const text = reportMarkdown(sampleReport({ findings: [{ ...raceFinding, steps: [] }] }), context);
    expect(text.match(/^````.*$/gmu)).toEqual(['````ts', '````']);
  });

  it('only lists findings where it would become too long for a summary, the least sure last', () => {
    const many = Array.from({ length: 300 }, () => raceFinding);
    const text = reportMarkdown(sampleReport({ findings: [{ ...raceFinding, confidence: 'low', message: 'Unsure.' }, ...many] }), sampleContext());
    expect(text.length).toBeLessThan(500_000);
    expect(text).toMatch(/### \d+ further findings\n/u);
    expect(text.trimEnd().split('\n').at(-1)).toBe('- `src/token-cache.ts:7:7` no-check-then-act: Unsure.');
  });
});

describe('the sequence diagram', () => {
  it('shows how long a lock is held', () => {
    const [acquire, use] = releaseFinding.steps;
    if (acquire === undefined || use === undefined) throw new Error('The sample has steps');
    const steps = [acquire, use, { ...use, role: 'release' as const, text: 'Releases it' }, { ...use, role: 'release' as const, text: 'Releases it again' }];
    const lines = sequenceDiagram({ ...releaseFinding, steps }, sampleContext());
    expect(lines.map((line) => line.trim().split(' ')[0])).toEqual([
      'sequenceDiagram', 'participant', 'participant', 'A->>S:', 'activate', 'Note', 'A->>S:', 'deactivate', 'A->>S:', 'Note',
    ]);
  });

  it('escapes what would end a text', () => {
    const steps = releaseFinding.steps.map((step) => ({ ...step, text: 'x; y # z\n<b>' }));
    const text = sequenceDiagram({ ...releaseFinding, place: 'a;#b', steps }, sampleContext()).join('\n');
    expect(text).toContain('participant S as a#59;#35;b\n');
    expect(text).toContain('x#59; y #35; z\ufffd#60;b#62; (line 2)');
  });
});
