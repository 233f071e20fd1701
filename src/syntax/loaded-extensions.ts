/**
 * The matches and the target that a rule has named so far, and which of them an option belongs to. As getopt_long(3)
 * does it for iptables: a name may be cut as long as it stays clear; iptables' own options go first, then those of
 * the extension named last.
 */
import type { MatchExtension, TargetExtension } from '../extensions/extension.js'
import type { OptionUse, Token } from '../extensions/option-reader.js'
import type { OptionSpec } from '../extensions/option-spec.js'
import { type BaseOption, longOption, longOptions } from './base-options.js'

/** One -m or -j of the rule, and the options it was given. */
export interface Instance {
  readonly kind: 'match' | 'target'
  /** Null for one that hookline does not know. */
  readonly extension: MatchExtension<unknown> | TargetExtension<unknown> | null
  readonly name: string
  readonly token: Token
  readonly uses: OptionUse[]
  /** What stands behind an unknown one. */
  readonly foreign: Token[]
}

export type Found =
  | { readonly kind: 'base'; readonly option: BaseOption }
  | { readonly kind: 'extension'; readonly instance: Instance; readonly spec: OptionSpec }
  | { readonly kind: 'ambiguous'; readonly names: readonly string[] }

/** The options of one extension, and the instance that gets them. */
interface OptionGroup {
  readonly extension: Instance['extension']
  readonly specs: ReadonlyMap<string, OptionSpec>
  instance: Instance
}

const specsOf = new WeakMap<object, ReadonlyMap<string, OptionSpec>>()

export class LoadedExtensions {
  /** In the order of the rule. */
  readonly instances: Instance[] = []
  /** In the order in which names are looked up. */
  private readonly groups: OptionGroup[] = []

  clear(): void {
    this.instances.length = 0
    this.groups.length = 0
  }

  /** The match or target that was named last. */
  get last(): Instance | undefined {
    return this.instances[this.instances.length - 1]
  }

  /** A match named twice gets the options that follow, but its names keep their place in the order. */
  add(instance: Instance): void {
    this.instances.push(instance)
    const { extension } = instance
    const group = this.groups.find((each) => extension !== null && each.extension === extension)
    if (group !== undefined) group.instance = instance
    else this.groups.unshift({ extension, specs: namedSpecs(extension), instance })
  }

  find(name: string): Found | null {
    const base = longOption(name)
    if (base !== undefined) return { kind: 'base', option: base }
    for (const { specs, instance } of this.groups) {
      const spec = specs.get(name)
      if (spec !== undefined) return { kind: 'extension', instance, spec }
    }
    return this.findBeginning(name)
  }

  /** Names of all options that the rule can have now, with their dashes. */
  optionNames(): string[] {
    const names = this.groups.flatMap(({ specs }) => [...specs.keys()])
    return [...names, ...[...longOptions()].map(([name]) => name)].map((name) => `--${name}`)
  }

  private findBeginning(name: string): Found | null {
    const found = new Map<unknown, Found>()
    const names: string[] = []
    const add = (identity: unknown, full: string, what: Found): void => {
      if (!full.startsWith(name)) return
      found.set(identity, what)
      names.push(`--${full}`)
    }
    for (const [full, option] of longOptions()) add(option, full, { kind: 'base', option })
    for (const { specs, instance } of this.groups) {
      for (const [full, spec] of specs) {
        add(`${instance.kind} ${instance.name} ${spec.key} ${spec.values}`, full, { kind: 'extension', instance, spec })
      }
    }
    if (found.size > 1) return { kind: 'ambiguous', names }
    return found.values().next().value ?? null
  }
}

function namedSpecs(extension: Instance['extension']): ReadonlyMap<string, OptionSpec> {
  if (extension === null) return new Map()
  let specs = specsOf.get(extension)
  if (specs === undefined) {
    specs = new Map(extension.options.map((spec) => [spec.name, spec]))
    specsOf.set(extension, specs)
  }
  return specs
}
