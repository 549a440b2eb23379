/**
 * The people of a history: they edit both services by hand, and the fuzzer keeps a ledger of what they did and of what
 * every cell ever held.
 */
import { FIELDS, KEYS, type Key, normal, other, PAGE_ID, REFUSED, type Side, typed } from './example.ts'
import { type At, type Deed, type Edit, LAST } from './history.ts'
import { cell, type Held, look, type Text, type World } from './world.ts'

export type Typed = { readonly side: Side; readonly id: string; readonly key: Key; readonly value: Text }
export const slot = ({ id, key }: Pick<Typed, 'id' | 'key'>): string => `${id}/${key}`

type Value = { readonly id: string; readonly value: Text }
/** A value of a cell, from one moment to the next: moments count the changes of the world. */
type Span = { readonly value: Text; readonly from: number; to: number }

export type Ledger = {
  /** What people typed last in a cell, while nobody typed over it there. */
  readonly typed: Map<string, Typed>
  /** What people typed, and then typed something else over what a run had put in its place. */
  readonly replaced: Set<Typed>
  readonly spans: Map<string, Span[]>
  /** Records that people made. */
  readonly made: Set<string>
  /** Records that people trashed, moved or deleted at some time. */
  readonly gone: Set<string>
  /** Records that somebody touched since this was cleared last, and the names that they bear or bore. */
  readonly touched: Set<string>
  /** Options by an old name: the new one. */
  readonly renamed: Map<string, string>
}

export type People = {
  readonly ledger: Ledger
  readonly edit: (edit: Edit) => void
  /** Writes down what every cell holds now. */
  readonly note: () => Held
  /** Whether two values mean the same: two names of one option do. */
  readonly same: (key: Key, a: Text, b: Text) => boolean
  /** Counts the changes that were noted. */
  readonly moment: () => number
  /** Whether the two cells held these two values at one time, or both at some time since `began`. */
  readonly heldAtOnce: (key: Key, a: Value, b: Value, began: number) => boolean
}

/** `isFollowed` tells whether the sync can know an option again once it is renamed. */
export function createPeople(world: World, isFollowed: (side: Side, key: Key, name: string) => boolean): People {
  const { notion, airtable } = world
  const ledger: Ledger = {
    typed: new Map(),
    replaced: new Set(),
    spans: new Map(),
    made: new Set(),
    gone: new Set(),
    touched: new Set(),
    renamed: new Map(),
  }
  const trashed: string[] = []
  const moved: string[] = []
  const deleted: string[] = []
  let moment = 0

  const note = (): Held => {
    const held = look(world)
    moment += 1
    for (const [where, value] of held.exact) {
      const spans = ledger.spans.get(where) ?? []
      const last = spans.at(-1)
      if (last !== undefined && last.value === value) last.to = moment
      else spans.push({ value, from: moment, to: moment })
      ledger.spans.set(where, spans)
    }
    return held
  }

  const root = (key: Key, value: Text): Text => {
    let name = value
    for (let next = ledger.renamed.get(`${key}/${name}`); next !== undefined; ) {
      name = next
      next = ledger.renamed.get(`${key}/${name}`)
    }
    return name
  }
  const same: People['same'] = (key, a, b) => root(key, a) === root(key, b)

  const pages = (): string[] => notion.pages(notion.dataSourceId).map(({ id }) => String(id))
  const rows = (): string[] => airtable.records().map(({ id }) => id)
  const ids = (side: Side): string[] => (side === 'notion' ? pages() : rows())
  /** The record and the field that somebody touched last. */
  const last: { id: string; key: Key } = { id: '', key: 'Sprint' }
  const twins = (id: string): string[] =>
    airtable.records().flatMap(({ id: row, fields }) => {
      const page = String(fields[PAGE_ID])
      return row === id ? [page] : page === id ? [row] : []
    })
  const pick = (list: readonly string[], at: At): string | undefined =>
    at === LAST ? list.find(id => id === last.id || twins(last.id).includes(id)) : list[at % Math.max(1, list.length)]

  const touch = (id: string): void => {
    ledger.touched.add(id)
    last.id = id
    const name = cell(look(world), 'notion', id, 'Name') ?? cell(look(world), 'airtable', id, 'Name')
    if (name !== undefined && name !== null) ledger.touched.add(`named ${name.toLowerCase()}`)
  }

  /** What a cell held before people edited it last. */
  const undone = new Map<string, ReturnType<typeof typed> | null>()
  const held = (side: Side, id: string, key: Key): ReturnType<typeof typed> | null => {
    const value = side === 'notion' ? notion.value(id, key) : airtable.value(id, FIELDS[key].airtable)
    return normal(key, value) === null ? null : (value as ReturnType<typeof typed>)
  }

  const write = (side: Side, id: string, key: Key, value: ReturnType<typeof typed> | null): void => {
    touch(id)
    last.key = key
    const before = held(side, id, key)
    undone.set(slot({ id, key }), before)
    const earlier = ledger.typed.get(slot({ id, key }))
    if (earlier !== undefined && !same(key, normal(key, before), earlier.value)) ledger.replaced.add(earlier)
    if (side === 'notion') notion.edit(id, { [key]: value })
    else airtable.edit(id, { [FIELDS[key].airtable]: value })
    ledger.typed.set(slot({ id, key }), { side, id, key, value: normal(key, value) })
    touch(id)
  }

  const remember = (side: Side, id: string): void => {
    ledger.made.add(id)
    touch(id)
    const held = look(world)
    for (const key of KEYS) {
      const value = cell(held, side, id, key)
      if (value !== null && value !== undefined) ledger.typed.set(slot({ id, key }), { side, id, key, value })
    }
  }

  /** A person took the record away, or brought it back: what its cells held is not theirs to keep any more. */
  const vanish = (id: string): void => {
    ledger.gone.add(id)
    touch(id)
    for (const key of KEYS) ledger.typed.delete(slot({ id, key }))
  }

  const take = (list: string[], at: At): string | undefined => {
    const id = pick(list, at)
    if (id !== undefined) list.splice(list.indexOf(id), 1)
    return id
  }

  const trash = (page: string): void => {
    touch(page)
    notion.trash(page)
    trashed.push(page)
    ledger.gone.add(page)
  }
  const remove = (row: string): void => {
    vanish(row)
    airtable.remove(row)
    deleted.push(row)
  }

  const deed = (what: Deed, at: At): void => {
    const page = pick(pages(), at)
    const row = pick(rows(), at)
    // A side is emptied at once only.
    const spare = { pages: pages().length > 2, rows: rows().length > 2 }
    switch (what) {
      case 'trash page':
        if (page !== undefined && spare.pages) trash(page)
        return
      case 'trash all pages':
        for (const each of pages()) trash(each)
        return
      case 'move page':
        if (page === undefined || !spare.pages) return
        vanish(page)
        notion.move(page, world.elsewhere)
        moved.push(page)
        return
      case 'move page back': {
        const id = take(moved, at)
        if (id === undefined) return
        notion.move(id, notion.dataSourceId)
        touch(id)
        return
      }
      case 'restore page': {
        const id = take(trashed, at)
        if (id === undefined) return
        notion.restore(id)
        touch(id)
        return
      }
      case 'delete row':
        if (row !== undefined && spare.rows) remove(row)
        return
      case 'delete all rows':
        for (const each of rows()) remove(each)
        return
      case 'restore row': {
        const id = take(deleted, at)
        if (id === undefined) return
        airtable.restore(id)
        ledger.made.add(id)
        touch(id)
        return
      }
      case 'copy row':
        if (row === undefined) return
        touch(row)
        remember('airtable', airtable.duplicate(row))
        return
      case 'copy page':
        if (page === undefined) return
        touch(page)
        remember('notion', notion.duplicate(page))
        return
      case 'empty page ID':
      case 'alter page ID':
        if (row === undefined) return
        touch(row)
        airtable.edit(row, { [PAGE_ID]: what === 'empty page ID' ? null : 'somebody typed here' })
        return
    }
  }

  const edit = (given: Edit): void => {
    const key = 'key' in given && given.key !== LAST ? given.key : last.key
    switch (given.do) {
      case 'type':
      case 'clear': {
        const id = pick(ids(given.side), given.at)
        if (id === undefined) return
        const value = given.do === 'clear' ? null : typed(key, given.side, given.n, given.way)
        const before = cell(look(world), given.side, id, key) ?? null
        if (normal(key, value) !== before) write(given.side, id, key, value)
        return
      }
      case 'undo': {
        const id = pick(ids(given.side), given.at)
        const value = id === undefined ? undefined : undone.get(slot({ id, key }))
        if (id !== undefined && value !== undefined) write(given.side, id, key, value)
        return
      }
      case 'agree':
      case 'clash': {
        const row = pick(rows(), given.at)
        const page = row === undefined ? undefined : String(airtable.value(row, PAGE_ID))
        if (row === undefined || page === undefined || !pages().includes(page)) return
        const ofSide = { notion: page, airtable: row }
        const first = other(given.side)
        const value = typed(key, first, given.n, given.way)
        write(first, ofSide[first], key, value)
        // Now and then more than Notion's minute lies between the two.
        if (given.n % 3 === 0) world.advance(70_000)
        const another = FIELDS[key].kind === 'tick' ? null : typed(key, given.side, given.n + 1000, given.way)
        // A line of Airtable cannot be broken.
        const alike = given.side === 'airtable' && FIELDS[key].kind === 'line' ? normal(key, value) : value
        write(given.side, ofSide[given.side], key, given.do === 'agree' ? alike : another)
        return
      }
      case 'copy over': {
        const id = pick(rows(), given.at)
        const page = id === undefined ? undefined : String(airtable.value(id, PAGE_ID))
        if (id === undefined || page === undefined || !pages().includes(page)) return
        const [from, to] = given.side === 'notion' ? [page, id] : [id, page]
        const spelt = held(given.side, from, key)
        if (typeof spelt === 'string' && spelt.includes('\n') && FIELDS[key].kind === 'line') return
        write(other(given.side), to, key, spelt)
        return
      }
      case 'body': {
        const id = pick(pages(), given.at)
        if (id === undefined) return
        // It moves the time of the page, which newest asks for.
        touch(id)
        notion.editBody(id)
        return
      }
      case 'add': {
        const both = { Status: 'Planned', Points: given.n }
        const no = given.refused ? `${REFUSED} ` : ''
        if (given.side === 'notion' || given.twin) {
          const page = { ...both, Name: `w${given.n}x`, Sprint: `${no}w${given.n}s`, Tags: ['blue'] }
          remember('notion', notion.addPage(notion.dataSourceId, page))
        }
        if (given.side === 'airtable' || given.twin) {
          const row = {
            ...both,
            [FIELDS.Name.airtable]: `w${given.n}x`,
            Sprint: `${no}w${given.n}t`,
            Blockers: `w${given.n}b`,
          }
          remember('airtable', airtable.add(given.twin ? row : { ...row, Done: true }))
        }
        return
      }
      case 'rename an option': {
        const held = look(world)
        const used = ids(given.side).map(id => cell(held, given.side, id, 'Priority') ?? null)
        const from = used.filter(name => name !== null)[given.at]
        // Names that people may choose again are left alone.
        if (from === undefined || from === null || !/^w\d+[xo]$/.test(from)) return
        if (!isFollowed(given.side, 'Priority', from)) return
        const to = `w${given.n}o`
        if (given.side === 'notion') notion.renameOption(notion.dataSourceId, 'Priority', from, to)
        else airtable.renameOption(FIELDS.Priority.airtable, from, to)
        ledger.renamed.set(`Priority/${from}`, to)
        for (const id of [...pages(), ...rows()]) touch(id)
        for (const [where, entry] of ledger.typed)
          if (entry.key === 'Priority' && entry.value === from) ledger.typed.delete(where)
        return
      }
      default:
        deed(given.do, given.at)
    }
  }

  return {
    ledger,
    edit,
    note,
    same,
    moment: () => moment,
    heldAtOnce: (key, a, b, began) => {
      const spansOf = ({ id, value }: Value) =>
        (ledger.spans.get(slot({ id, key })) ?? []).filter(span => same(key, span.value, value))
      const lately = (spans: readonly Span[]): boolean => spans.some(({ to }) => to >= began)
      const [ofA, ofB] = [spansOf(a), spansOf(b)]
      return (lately(ofA) && lately(ofB)) || ofA.some(one => ofB.some(two => one.from <= two.to && two.from <= one.to))
    },
  }
}
