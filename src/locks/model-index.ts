/** The catalogue and the user's models, arranged for look-ups. */
import type { LockModel, ModelDecorator, ModelExport, ModelMember, ModelSerializer, ModelWrapper } from '../catalogue/schema.js';
import type { ImportOrigin } from './imports.js';
import { isRelativeSpecifier, packageOfSpecifier, withoutNodeScheme } from './packages.js';

/** Package of models for ambient declarations. */
export const globalPackage = '(global)';
/** Package of models for classes of the user's own program. */
export const localPackage = '(local)';

/** An export with the model that it belongs to. */
export interface ModelledExport {
  readonly model: LockModel;
  readonly lockExport: ModelExport;
}

/** Look-ups over a list of models. Of two models that match, the earlier wins. */
export class ModelIndex {
  readonly #byPackage = new Map<string, LockModel[]>();

  constructor(readonly models: readonly LockModel[]) {
    for (const model of models) {
      const name = withoutNodeScheme(model.package);
      const list = this.#byPackage.get(name);
      if (list === undefined) this.#byPackage.set(name, [model]);
      else list.push(model);
    }
  }

  /** Models of a module specifier or package name; those of the subpath before those of the package. */
  modelsOf(specifier: string): readonly LockModel[] {
    const name = withoutNodeScheme(specifier).replace(/(?<=\/.*)\.[cm]?js$/, '');
    return this.#byPackage.get(name) ?? this.#byPackage.get(packageOfSpecifier(name)) ?? [];
  }

  /** The lock class or interface with this exported or declared name. */
  exportOf(specifier: string, name: string): ModelledExport | undefined {
    for (const model of this.modelsOf(specifier)) {
      const lockExport = exportNamed(model, name);
      if (lockExport !== undefined) return { model, lockExport };
    }
    return undefined;
  }

  /** The function of a module that works on locks by key. */
  functionOf(origin: ImportOrigin): (ModelledExport & { readonly member: ModelMember }) | undefined {
    for (const model of this.modelsOf(origin.specifier)) {
      const lockExport = exportNamed(model, '*');
      const member = lockExport === undefined ? undefined : ownMember(lockExport, origin.imported);
      if (lockExport !== undefined && member !== undefined) return { model, lockExport, member };
    }
    return undefined;
  }

  /** What a call of the imported function makes. */
  factoryOf(origin: ImportOrigin): ModelledExport | undefined {
    return this.#named(origin, 'factories');
  }

  /** The lock that the imported value is. */
  instanceOf(origin: ImportOrigin): ModelledExport | undefined {
    return this.#named(origin, 'instances');
  }

  /** What the imported function wraps. */
  wrapperOf(origin: ImportOrigin): ModelWrapper | undefined {
    for (const model of this.modelsOf(origin.specifier)) {
      const wrapper = model.wrappers?.[origin.imported];
      if (wrapper !== undefined) return wrapper;
    }
    return undefined;
  }

  /** What the imported function does with the function that it is handed. */
  serializerOf(origin: ImportOrigin): ModelSerializer | undefined {
    for (const model of this.modelsOf(origin.specifier)) {
      const serializer = model.serializers?.[origin.imported];
      if (serializer !== undefined) return serializer;
    }
    return undefined;
  }

  /** The decorator that the imported function is or makes. */
  decoratorOf(origin: ImportOrigin): { readonly model: LockModel; readonly decorator: ModelDecorator } | undefined {
    for (const model of this.modelsOf(origin.specifier)) {
      const decorator = model.decorators?.[origin.imported];
      if (decorator !== undefined) return { model, decorator };
    }
    return undefined;
  }

  /** The model of a class of the user's own program. */
  localExport(name: string, modulePath: string): ModelledExport | undefined {
    const found = this.exportOf(localPackage, name);
    if (found !== undefined) return found;
    for (const model of this.models) {
      if (!isRelativeSpecifier(model.package) || withoutExtension(model.package) !== withoutExtension(modulePath)) continue;
      const lockExport = exportNamed(model, name);
      if (lockExport !== undefined) return { model, lockExport };
    }
    return undefined;
  }

  #named(origin: ImportOrigin, table: 'factories' | 'instances'): ModelledExport | undefined {
    for (const model of this.modelsOf(origin.specifier)) {
      const name = model[table]?.[origin.imported];
      const lockExport = name === undefined ? undefined : exportNamed(model, name);
      if (lockExport !== undefined) return { model, lockExport };
    }
    return undefined;
  }
}

function exportNamed(model: LockModel, name: string): ModelExport | undefined {
  return model.exports.find((lockExport) => lockExport.name === name || lockExport.aliases?.includes(name));
}

/** The meaning of a member, not fooled by names like `toString`. */
export function ownMember(lockExport: ModelExport, name: string): ModelMember | undefined {
  return Object.hasOwn(lockExport.members, name) ? lockExport.members[name] : undefined;
}

function withoutExtension(path: string): string {
  return path.replace(/\.[cm]?[jt]sx?$/, '');
}
