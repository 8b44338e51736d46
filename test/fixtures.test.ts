import { describe, expect, it } from 'vitest';
import { compareWithMarkers, displayPath, fixtureFiles, FixtureProgram } from './support/fixtures.js';

const fixtures = new FixtureProgram();

describe('fixtures report what their markers say', () => {
  it.each(fixtureFiles().map((file) => [displayPath(file), file]))('%s', (_name, file) => {
    expect(compareWithMarkers(fixtures.analyze(file)).join('\n')).toBe('');
  });
});
