/** A release that calls the next waiter before it returns lets it change what the releaser still looks at. */
import { describe, expect, it } from 'vitest';
import { Catalog } from '../../fixtures/checks/no-lock-escape/handed-over.js';

describe('a lock in callback style', () => {
  function listed(method: 'listBad' | 'listOk'): readonly string[] {
    const catalog = new Catalog();
    catalog.put('first', '1');
    let close: () => void = () => undefined;
    catalog.lock((release) => {
      close = release;
    });
    let names: readonly string[] = [];
    catalog[method]((all) => {
      names = all;
    });
    catalog.put('late', '2');
    close();
    return names;
  }

  it('lists what the next waiter puts there, from a view that is read after the release', () => {
    expect(listed('listBad')).toEqual(['first', 'late']);
  });

  it('lists what was there, from a copy of the section', () => {
    expect(listed('listOk')).toEqual(['first']);
  });
});
