/**
 * Cells: objects that hold one value, which is read and replaced as a whole by members or by a call. What a task has read
 * before a suspension and puts back after it undoes what another task has put there.
 *
 * BehaviorSubject of RxJS (https://rxjs.dev/api/index/class/BehaviorSubject), signals of Angular
 * (https://angular.dev/guide/signals), atoms of Nano Stores (https://github.com/nanostores/nanostores). Cells that are read and
 * written by their property `value`, as refs of Vue and signals of Preact are, need no entry.
 */
export interface CellModel {
  readonly package: string;
  /** The class, or the function that makes the cell. */
  readonly name: string;
  /** Methods that give the value. */
  readonly reads: readonly string[];
  /** The cell is itself a function that gives the value. */
  readonly isReadByCall: boolean;
  /** Methods whose first argument becomes the value. */
  readonly writes: readonly string[];
}

/** The property under which the value of a cell is known, whether or not the cell has it. */
export const cellContent = 'value';

export const cells: readonly CellModel[] = [
  { package: 'rxjs', name: 'BehaviorSubject', reads: ['getValue'], isReadByCall: false, writes: ['next'] },
  { package: '@angular/core', name: 'signal', reads: [], isReadByCall: true, writes: ['set'] },
  { package: 'nanostores', name: 'atom', reads: ['get'], isReadByCall: false, writes: ['set'] },
  { package: 'nanostores', name: 'map', reads: ['get'], isReadByCall: false, writes: ['set'] },
];
