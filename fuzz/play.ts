/**
 * Plays a history on the emulators, with the built action, and checks after each settling that nothing is lost and
 * nothing doubled. It keeps its own model: what people typed, what each record was ever seen to hold, who made what.
 *
 * What is checked, by the names in its messages: quiet (a run after the last does nothing), converged (both sides agree
 * or say why not), kept (what people typed is on both sides, on its own with an open conflict, or in git), placed (it is
 * where the merge rule puts it), twins (one row for a page, one page for a row), absence (nothing is deleted or archived
 * unless a person deleted its twin), base (git never tells of a value that its service did not hold), counts (what a run
 * says it did is what happened).
 */
import { exampleAirtable, exampleNotion, MAPPINGS } from '../demo/example.ts'
import { startWorld, type World } from '../demo/world.ts'
import { html502, retriable503, server500 } from '../emulators/airtable/faults.ts'
import { rateLimited } from '../emulators/notion/faults.ts'
import type { RunResult } from '../emulators/runner.ts'
import type { Fault } from '../emulators/serve.ts'
import { type Edit, FIELDS, type History, KEYS, type Side, type Step, type Trouble } from './history.ts'
import { isWrite, runUntil, SERVICES } from './kill.ts'

const UNRULED = MAPPINGS.replaceAll(/, +(owner: airtable|conflict: \w+)(?= })/g, '').replace(
  'Spec Name,      owner: notion',
  'Spec Name',
)

/** The mappings that are tried. */
export const RULES: readonly string[] = [
  MAPPINGS,
  UNRULED.replace('conflict: newest', 'conflict: ask').replace('create: airtable', 'create: both'),
  UNRULED.replace('create: airtable', 'create: both')
    .replace('page: archive', 'page: delete')
    .replace('row: restore', 'row: trash'),
]

export type Tally = {
  histories: number
  runs: number
  kills: number
  cancelled: number
  faults: number
  edits: number
  meanwhile: number
  checks: number
  /** Values that a killed run wrote over before git told of them; counted only where that is let pass. */
  unrecorded: number
  /** Edits that fell between the last look at a record and the write to it, which no client of the two services can see. */
  window: number
}
export const newTally = (): Tally => ({
  histories: 0,
  runs: 0,
  kills: 0,
  cancelled: 0,
  faults: 0,
  edits: 0,
  meanwhile: 0,
  checks: 0,
  unrecorded: 0,
  window: 0,
})

class Broken extends Error {}

type Text = string | null
type Held = { readonly side: Side; readonly id: string; readonly key: string }
type Typed = Held & { readonly value: Text; readonly afterRuns: number }
type Pair = {
  page: string
  row: string
  base: Record<string, unknown>
  rest?: { why: string }
}
type Entry = { page: string | null; row: string | null; field?: string; code?: string }
type State = { pairs: Pair[]; conflicts: Entry[]; problems: Entry[] }

const other = (side: Side): Side => (side === 'notion' ? 'airtable' : 'notion')
const slot = ({ id, key }: Pick<Held, 'id' | 'key'>): string => `${id}/${key}`

type Mark = { values: Map<string, Text>; pairs: Map<string, string>; open: Set<string> }

class Play {
  readonly world: World
  readonly tally: Tally
  readonly elsewhere: string
  readonly rules: number
  readonly lenient: boolean
  log = ''
  /** What people typed last in a field, while nobody typed over it on the same side. */
  typed = new Map<string, Typed>()
  /** The same, since the last settling. */
  recent = new Map<string, Typed>()
  seen = new Map<string, Set<Text>>()
  /** Records that were trashed, deleted, copied or unlinked since the last settling: what becomes of them is not modelled. */
  vague = new Set<string>()
  ever = { gonePages: new Set<string>(), goneRows: new Set<string>() }
  people = { rows: new Set<string>(), pages: new Set<string>() }
  trashed: string[] = []
  moved: string[] = []
  deleted: string[] = []
  aliases = new Map<string, string>()
  git = ''
  /** What runs that were killed had written over. */
  overruled = new Map<string, Text>()
  mark: Mark | undefined
  runs = 0
  ticked = false
  /** Whether a run was killed since the last settling: what it wrote may then be taken for somebody's edit. */
  killed = false

  constructor(world: World, tally: Tally, rules: number, lenient: boolean) {
    this.lenient = lenient
    this.world = world
    this.tally = tally
    this.rules = rules
    const { databases } = world.notion.snapshot().state
    this.elsewhere = Object.values(databases)[1]?.dataSources[0] ?? ''
    for (const id of this.pages()) this.people.pages.add(id)
  }

  pages = (): string[] => this.world.notion.pages(this.world.notion.dataSourceId).map(page => String(page.id))
  rows = (): string[] => this.world.airtable.records().map(row => row.id)

  read(side: Side, id: string, key: string): Text {
    const { notion, airtable } = this.world
    const value = side === 'notion' ? notion.value(id, key) : airtable.value(id, FIELDS[key] ?? key)
    return value === null || value === undefined || value === '' ? null : String(value)
  }

  /** Two names of one option, since somebody renamed it, count as one. */
  same(key: string, a: Text, b: Text): boolean {
    const root = (value: Text): Text => {
      let name = value
      for (let next = this.aliases.get(`${key}/${name}`); next !== undefined; next = this.aliases.get(`${key}/${name}`))
        name = next
      return name
    }
    return root(a) === root(b)
  }

  /** Notes what every record holds now. */
  look(): void {
    const note = (side: Side, id: string): void => {
      for (const key of KEYS) {
        const values = this.seen.get(slot({ id, key })) ?? new Set()
        values.add(this.read(side, id, key))
        this.seen.set(slot({ id, key }), values)
      }
    }
    for (const id of this.pages()) note('notion', id)
    for (const id of this.rows()) note('airtable', id)
  }

  write(side: Side, id: string, key: string, value: Text): void {
    if (this.read(side, id, key) === value) return
    if (side === 'notion') this.world.notion.edit(id, { [key]: value })
    else this.world.airtable.edit(id, { [FIELDS[key] ?? key]: value })
    const typed = { side, id, key, value, afterRuns: this.runs }
    this.typed.set(slot(typed), typed)
    this.recent.set(slot(typed), typed)
  }

  edit(edit: Edit): void {
    this.tally.edits += 1
    const { notion, airtable } = this.world
    const pick = (list: readonly string[], at: number): string | undefined => list[at % Math.max(1, list.length)]
    const source = notion.dataSourceId
    switch (edit.do) {
      case 'type':
      case 'choose':
      case 'clear': {
        const id = pick(edit.side === 'notion' ? this.pages() : this.rows(), edit.at)
        if (id === undefined) break
        const value =
          edit.do === 'type'
            ? `w${edit.n}x`
            : edit.do === 'clear'
              ? null
              : edit.key === 'Status'
                ? ['Planned', 'In progress', 'Shipped', 'In review', 'Draft'][edit.option]
                : ['P0', 'P1', 'P2', 'P3', 'P0'][edit.option]
        this.write(edit.side, id, edit.key, value ?? null)
        break
      }
      case 'add page': {
        const id = notion.addPage(source, { Name: `w${edit.n}x`, Status: 'Planned', Sprint: `w${edit.n}s` })
        this.made('notion', id)
        break
      }
      case 'add row': {
        this.made('airtable', airtable.add({ 'Spec Name': `w${edit.n}x`, Status: 'Planned', Blockers: `w${edit.n}b` }))
        break
      }
      case 'add a page and a row of one name': {
        this.made('notion', notion.addPage(source, { Name: `w${edit.n}x`, Status: 'Planned', Sprint: `w${edit.n}s` }))
        this.made(
          'airtable',
          airtable.add({ 'Spec Name': `w${edit.n}x`, Sprint: `w${edit.n}t`, Blockers: `w${edit.n}b` }),
        )
        break
      }
      case 'trash page': {
        const id = pick(this.pages(), edit.at)
        if (id === undefined || this.pages().length < 3) break
        notion.trash(id)
        this.trashed.push(id)
        this.gone('notion', id)
        break
      }
      case 'move page': {
        const id = pick(this.pages(), edit.at)
        if (id === undefined || this.pages().length < 3) break
        notion.move(id, this.elsewhere)
        this.moved.push(id)
        this.gone('notion', id)
        // Of its values, a page keeps those for which the other database has a property.
        for (const key of KEYS) this.typed.delete(slot({ id, key }))
        break
      }
      case 'restore page': {
        const id = pick(this.trashed, edit.at)
        if (id === undefined) break
        notion.restore(id)
        this.trashed = this.trashed.filter(each => each !== id)
        this.gone('notion', id)
        break
      }
      case 'delete row': {
        const id = pick(this.rows(), edit.at)
        if (id === undefined || this.rows().length < 3) break
        airtable.remove(id)
        this.deleted.push(id)
        this.gone('airtable', id)
        for (const key of KEYS) this.typed.delete(slot({ id, key }))
        break
      }
      case 'restore row': {
        const id = pick(this.deleted, edit.at)
        if (id === undefined) break
        airtable.restore(id)
        this.deleted = this.deleted.filter(each => each !== id)
        this.people.rows.add(id)
        this.gone('airtable', id)
        break
      }
      case 'copy row': {
        const id = pick(this.rows(), edit.at)
        if (id === undefined) break
        const copy = airtable.duplicate(id)
        this.people.rows.add(copy)
        for (const each of [id, copy]) this.vague.add(each)
        break
      }
      case 'copy page': {
        const id = pick(this.pages(), edit.at)
        if (id === undefined) break
        const copy = notion.duplicate(id)
        this.people.pages.add(copy)
        for (const each of [id, copy]) this.vague.add(each)
        break
      }
      case 'empty page ID':
      case 'alter page ID': {
        const id = pick(this.rows(), edit.at)
        if (id === undefined) break
        airtable.edit(id, { 'Notion Page ID': edit.do === 'empty page ID' ? null : 'somebody typed here' })
        this.vague.add(id)
        break
      }
      case 'rename an option': {
        const holders = edit.side === 'notion' ? this.pages() : this.rows()
        const from = holders.map(id => this.read(edit.side, id, edit.key)).filter(value => value !== null)[edit.at]
        if (from === undefined || from === null) break
        const to = `w${edit.n}o`
        if (edit.side === 'notion') notion.renameOption(source, edit.key, from, to)
        else airtable.renameOption(FIELDS[edit.key] ?? '', from, to)
        if (!this.same(edit.key, from, to)) this.aliases.set(`${edit.key}/${from}`, to)
        for (const [key, typed] of this.typed) {
          if (typed.key === edit.key && typed.side === edit.side && typed.value === from) this.typed.delete(key)
        }
        break
      }
    }
  }

  made(side: Side, id: string): void {
    if (side === 'notion') this.people.pages.add(id)
    else this.people.rows.add(id)
    for (const key of KEYS) {
      const value = this.read(side, id, key)
      if (value !== null) this.typed.set(slot({ id, key }), { side, id, key, value, afterRuns: this.runs })
    }
  }

  gone(side: Side, id: string): void {
    this.vague.add(id)
    if (side === 'notion') this.ever.gonePages.add(id)
    else this.ever.goneRows.add(id)
  }

  async step(step: Step): Promise<void> {
    switch (step.do) {
      case 'wait': {
        this.world.setClock(new Date(this.world.now() + step.minutes * 60_000).toISOString())
        return
      }
      case 'tick': {
        const [issue] = await this.world.github.issues('open')
        if (issue === undefined) return
        const pick = step.side === 'notion' ? 'Notion' : 'Airtable'
        const boxes = (issue.body ?? '').match(new RegExp(`^[-*] \\[ \\] .{0,8}Keep ${pick}`, 'gm'))?.length ?? 0
        this.ticked = true
        if (boxes > 0) await this.world.github.tick(issue.number, pick, step.at % boxes)
        return
      }
      case 'run':
        return this.disturbed(step)
      case 'settle':
        return this.settle()
      default:
        this.edit(step)
        this.look()
    }
  }

  async disturbed(step: Extract<Step, { do: 'run' }>): Promise<void> {
    for (const trouble of step.troubles) this.world[trouble.service].inject(faultOf(trouble))
    let count = 0
    let writes = 0
    const { kill } = step
    const before = this.calls()
    const during: Typed[] = []
    const touched = new Set<string>()
    const isDue = (): boolean => kill !== undefined && (kill.of === 'calls' ? count : writes) === kill.at
    const result = await runUntil(this.world, isDue, kill?.moment ?? 'before', {
      seen: call => {
        count += 1
        if (isWrite(call)) writes += 1
        for (const { at, edit } of step.meanwhile) {
          if (at !== count) continue
          this.look()
          this.tally.meanwhile += 1
          const typedBefore = new Map(this.typed)
          const vagueBefore = new Set(this.vague)
          this.edit(edit)
          this.look()
          for (const [key, typed] of this.typed) if (typedBefore.get(key) !== typed) during.push(typed)
          for (const id of this.vague) if (!vagueBefore.has(id)) touched.add(id)
        }
      },
      inputs: {},
    })
    this.tally.runs += 1
    this.runs += 1
    if (result.signal === 'SIGKILL') {
      this.tally.kills += 1
      this.killed = true
      for (const typed of this.typed.values()) {
        if (this.isGone(typed) || this.same(typed.key, this.read(typed.side, typed.id, typed.key), typed.value))
          continue
        if (this.wrote(before, typed)) this.overruled.set(slot(typed), typed.value)
      }
    }
    if (result.log.includes('The run was cancelled')) this.tally.cancelled += 1
    this.tally.faults += step.troubles.length
    this.note(result)
    // What was typed after the run had looked, and written over: no client can see that. It is counted, not forgiven silently.
    for (const typed of during) {
      if (this.typed.get(slot(typed)) !== typed) continue
      if (this.isGone(typed) && !this.wrote(before, typed)) continue
      if (!this.isGone(typed) && this.same(typed.key, this.read(typed.side, typed.id, typed.key), typed.value)) continue
      if (!this.wrote(before, typed))
        throw new Broken(`kept: ${typed.value} in ${typed.key} of ${typed.id} vanished without a write to it`)
      this.tally.window += 1
      this.typed.delete(slot(typed))
      this.recent.delete(slot(typed))
      this.vague.add(typed.id)
    }
    await this.afterRun()
  }

  isGone({ side, id }: Pick<Held, 'side' | 'id'>): boolean {
    return side === 'notion' ? !this.pages().includes(id) : !this.rows().includes(id)
  }

  calls = (): Record<Side, number> => ({
    notion: this.world.notion.calls.length,
    airtable: this.world.airtable.calls.length,
  })

  /** Whether the action wrote to the record since. */
  wrote(since: Record<Side, number>, { side, id }: Pick<Held, 'side' | 'id'>): boolean {
    return this.world[side].calls
      .slice(since[side])
      .some(call => isWrite(call) && `${call.path}${call.body}`.includes(id))
  }

  note(result: RunResult): void {
    this.log = `${this.log}\n--- run at ${new Date(this.world.now()).toISOString()}: exit ${result.exitCode} ${result.signal ?? ''}\n${result.log}`
  }

  async state(): Promise<State> {
    return (await this.world.state()) as State
  }

  async afterRun(): Promise<void> {
    this.look()
    const files = await this.world.github.files()
    this.git += Object.entries(files)
      .filter(([path]) => path.startsWith('state/'))
      .map(([, text]) => text)
      .join('\n')
    this.checkBase((await this.state()) ?? { pairs: [] })
  }

  checkBase({ pairs }: Pick<State, 'pairs'>): void {
    for (const { page, row, base } of pairs) {
      for (const [key, value] of Object.entries(base)) {
        if (!KEYS.includes(key)) continue
        const isPair = typeof value === 'object' && value !== null && !Array.isArray(value) && 'notion' in value
        const told = (isPair ? value : { notion: value, airtable: value }) as Record<Side, Text>
        for (const [side, id] of [['notion', page] as const, ['airtable', row] as const]) {
          const held = this.seen.get(slot({ id, key }))
          if (held === undefined || [...held].some(each => this.same(key, each, told[side] ?? null))) continue
          throw new Broken(
            `base: git says ${side} held ${told[side]} in ${key} of ${id}; it held ${[...held].join(', ')}`,
          )
        }
      }
    }
  }

  async settle(): Promise<void> {
    this.tally.checks += 1
    for (let runs = 1; ; runs += 1) {
      const before = SERVICES.map(name => this.world[name].calls.length)
      const [pages, rows] = [new Set(this.pages()), new Set(this.rows())]
      const result = await this.world.run({ inputs: { force: 'true' } })
      this.tally.runs += 1
      this.runs += 1
      this.note(result)
      await this.afterRun()
      if (result.exitCode !== 0) throw new Broken('quiet: an undisturbed run failed')
      const written = SERVICES.flatMap((name, index) => this.world[name].calls.slice(before[index]).filter(isWrite))
      const created = this.pages().filter(id => !pages.has(id)).length + this.rows().filter(id => !rows.has(id)).length
      // A page restored by a person's tick is no new page.
      if (Number(result.outputs.created) !== created && this.ever.gonePages.size === 0)
        throw new Broken(`counts: ${result.outputs.created} created, really ${created}`)
      if (result.outputs.changed === 'false' && written.length > 0)
        throw new Broken(
          `counts: "nothing changed", but ${written.map(call => `${call.method} ${call.path}`).join(', ')}`,
        )
      if (written.length === 0 && result.outputs.changed === 'false') break
      if (runs >= 3)
        throw new Broken(
          `quiet: run ${runs} still wrote ${written.map(call => `${call.method} ${call.path} ${call.body.slice(0, 300)}`).join('\n')}`,
        )
    }
    const state = await this.state()
    if (state === null) return
    this.checkTwins(state)
    this.checkConverged(state)
    this.checkTyped(state)
    this.checkPlaced(state)
    this.checkAbsence()
    this.mark = this.markOf(state)
    this.recent.clear()
    this.ticked = false
    this.killed = false
    this.vague.clear()
  }

  open(state: State): Set<string> {
    return new Set(
      [...state.conflicts, ...state.problems].flatMap(({ page, row, field = '', code }) => [
        // A copy of a row is told of beside the page that it names; that pair goes on.
        ...(code === 'duplicate-row' ? [] : [`${page}/${field}`]),
        `${row}/${field}`,
      ]),
    )
  }

  isOpen(open: Set<string>, id: string, key: string): boolean {
    return open.has(`${id}/${key}`) || open.has(`${id}/`)
  }

  markOf(state: State): Mark {
    const values = new Map<string, Text>()
    for (const key of KEYS) {
      for (const id of this.pages()) values.set(slot({ id, key }), this.read('notion', id, key))
      for (const id of this.rows()) values.set(slot({ id, key }), this.read('airtable', id, key))
    }
    return { values, pairs: new Map(state.pairs.map(({ page, row }) => [page, row])), open: this.open(state) }
  }

  /** Pairs of which both are there and none rests. */
  awake(state: State): Pair[] {
    const [pages, rows] = [new Set(this.pages()), new Set(this.rows())]
    return state.pairs.filter(({ page, row, rest }) => rest === undefined && pages.has(page) && rows.has(row))
  }

  checkTwins(state: State): void {
    for (const side of ['page', 'row'] as const) {
      const ids = state.pairs.map(pair => pair[side])
      if (new Set(ids).size < ids.length) throw new Broken(`twins: a ${side} is in two pairs`)
    }
    for (const { page, row } of this.awake(state)) {
      const cell = this.read('airtable', row, 'Notion Page ID')
      if (cell !== page) throw new Broken(`twins: the page ID of ${row} is ${cell}, not ${page}`)
    }
    // What the action made, it made once.
    const made = new Map<string, string>()
    for (const { id, fields } of this.world.airtable.records()) {
      if (this.people.rows.has(id)) continue
      const page = String(fields['Notion Page ID'])
      const twin = made.get(page)
      if (twin !== undefined) throw new Broken(`twins: ${id} and ${twin} were both made for ${page}`)
      made.set(page, id)
    }
    const paired = new Set(state.pairs.map(({ page }) => page))
    const stray = this.pages().find(id => !this.people.pages.has(id) && !paired.has(id))
    if (stray !== undefined && this.ever.goneRows.size === 0)
      throw new Broken(`twins: page ${stray} was made for no row`)
    // Every page that may have a row has one; two of a name may wait for a person.
    if (state.problems.length > 0) return
    for (const id of this.pages()) {
      const drafts = this.rules < 3 && this.read('notion', id, 'Status') === 'Draft'
      if (!paired.has(id) && !drafts) throw new Broken(`twins: page ${id} has no row, and nothing is said of it`)
    }
  }

  checkConverged(state: State): void {
    const open = this.open(state)
    for (const { page, row } of this.awake(state)) {
      for (const key of KEYS) {
        const [n, a] = [this.read('notion', page, key), this.read('airtable', row, key)]
        if (this.same(key, n, a) || this.isOpen(open, page, key) || this.isOpen(open, row, key)) continue
        throw new Broken(
          `converged: ${key} of ${page} is ${n} in Notion and ${a} in Airtable (${row}), and nothing is said of it`,
        )
      }
    }
  }

  checkTyped(state: State): void {
    const open = this.open(state)
    const awake = this.awake(state)
    for (const { side, id, key, value } of this.typed.values()) {
      if (value === null || !/^w\d+[xstb]$/.test(value) || this.git.includes(value)) continue
      const trashed = side === 'notion' && !this.pages().includes(id) && this.read(side, id, key) === value
      if (trashed) continue
      if (this.lenient && this.overruled.get(slot({ id, key })) === value) {
        this.tally.unrecorded += 1
        continue
      }
      const own = this.isGone({ side, id }) ? null : this.read(side, id, key)
      if (own !== value) throw new Broken(`kept: ${value}, typed in ${key} of ${id}, is not there any more, nor in git`)
      const pair = awake.find(each => (side === 'notion' ? each.page : each.row) === id)
      if (pair === undefined || this.isOpen(open, id, key)) continue
      const twin = this.read(other(side), side === 'notion' ? pair.row : pair.page, key)
      if (twin !== value) throw new Broken(`kept: ${value}, typed in ${key} of ${id}, did not reach its twin`)
    }
  }

  /** In pairs to which nothing else happened, each field holds what the merge rule says. */
  checkPlaced(state: State): void {
    const { mark } = this
    if (mark === undefined) return
    const open = this.open(state)
    for (const { page, row } of this.awake(state)) {
      if (mark.pairs.get(page) !== row || this.vague.has(page) || this.vague.has(row)) continue
      for (const key of KEYS) {
        const was = {
          notion: mark.values.get(slot({ id: page, key })),
          airtable: mark.values.get(slot({ id: row, key })),
        }
        if (was.notion === undefined || was.airtable === undefined) continue
        const wasOpen = this.isOpen(mark.open, page, key) || this.isOpen(mark.open, row, key)
        const n = this.recent.get(slot({ id: page, key }))
        const a = this.recent.get(slot({ id: row, key }))
        const now = { notion: this.read('notion', page, key), airtable: this.read('airtable', row, key) }
        const owner = this.ownerOf(key)
        const is = (value: Text): boolean => this.same(key, now.notion, value) && this.same(key, now.airtable, value)
        const typed = `${n === undefined ? 'nothing' : n.value} typed in Notion, ${a === undefined ? 'nothing' : a.value} in Airtable`
        const fail = (): never => {
          throw new Broken(
            `placed: ${key} of ${page}: was ${was.notion} / ${was.airtable}; ${typed}; now ${now.notion} / ${now.airtable}`,
          )
        }
        const echoes = this.killed
          ? [...(this.seen.get(slot({ id: page, key })) ?? []), ...(this.seen.get(slot({ id: row, key })) ?? [])]
          : []
        if (this.killed && (n ?? a) !== undefined) {
          if (!echoes.some(value => this.same(key, now.notion, value))) fail()
        } else if (this.isOpen(open, page, key) || this.isOpen(open, row, key)) {
          if (!this.same(key, now.notion, n === undefined ? was.notion : n.value)) fail()
          if (!this.same(key, now.airtable, a === undefined ? was.airtable : a.value)) fail()
        } else if (this.mustAsk(n, a) && !wasOpen) {
          fail()
        } else if (wasOpen || (n !== undefined && a !== undefined && owner === 'both')) {
          const candidates = [was.notion, was.airtable, n?.value, a?.value].filter(value => value !== undefined)
          const allowed = wasOpen ? candidates : candidates.slice(2)
          if (!allowed.some(is)) fail()
        } else if (n === undefined && a === undefined) {
          if (!is(was.notion ?? null)) fail()
        } else if (owner === 'both') {
          if (!is((n ?? a)?.value ?? null)) fail()
        } else {
          const own = owner === 'notion' ? n : a
          if (!is(own === undefined ? (was[owner] ?? null) : own.value)) fail()
        }
      }
    }
  }

  /** Whether both sides typed something new with no run in between, where a person is to decide and did not yet. */
  mustAsk(n: Typed | undefined, a: Typed | undefined): boolean {
    if (this.rules !== 1 || this.ticked || n === undefined || a === undefined) return false
    const fresh = [n, a].every(({ value }) => value !== null && /^w\d+x$/.test(value))
    return fresh && n.value !== a.value && n.afterRuns === a.afterRuns
  }

  ownerOf(key: string): Side | 'both' {
    if (this.rules > 0) return 'both'
    return key === 'Name' ? 'notion' : key === 'Sprint' || key === 'Blockers' ? 'airtable' : 'both'
  }

  checkAbsence(): void {
    const { notion, airtable } = this.world
    const rowOf = (page: string): string[] =>
      [...(this.mark?.pairs ?? [])].flatMap(([each, row]) => (each === page ? [row] : []))
    for (const { method, path } of airtable.calls) {
      if (method !== 'DELETE') continue
      if (this.ever.gonePages.size === 0) throw new Broken(`absence: DELETE ${path}, and no page was ever trashed`)
    }
    for (const { method, path, body } of notion.calls) {
      if (method !== 'PATCH' || !/"in_trash":true/.test(body)) continue
      const page = path.split('/').at(-1) ?? ''
      const rows = rowOf(page)
      if (this.ever.goneRows.size === 0 || (rows.length > 0 && !rows.some(row => this.ever.goneRows.has(row))))
        throw new Broken(`absence: ${page} was trashed, and nobody had deleted its row`)
    }
  }
}

function faultOf({ kind, service, skip, writes, times }: Trouble): Fault {
  const on = writes ? /^(PATCH|PUT|DELETE|POST (?!.*(query|listRecords)))/ : /./
  const when = { on, skip, times }
  switch (kind) {
    case 'busy':
      if (service === 'notion') return { ...rateLimited(on, 1, { times }), skip }
      return service === 'airtable' ? retriable503(when) : html502(when)
    case 'broken':
      return service === 'airtable' ? server500(when) : html502(when)
    case 'slow':
      return { ...when, effect: { kind: 'delay', ms: 150 } }
    default:
      return { ...when, effect: { kind: 'reset', when: kind === 'reset before' ? 'before' : 'after' } }
  }
}

export type Outcome = { readonly broken: string; readonly log: string } | null

/** Plays it in a new world; answers what broke. */
export async function play({ rules, steps }: History, tally: Tally, lenient = false): Promise<Outcome> {
  const notion = exampleNotion(3)
  const elsewhere = { title: 'Elsewhere', properties: { Name: { type: 'title' as const } } }
  const world = await startWorld({
    notion: { ...notion, databases: [...notion.databases, elsewhere] },
    airtable: exampleAirtable(),
    mappings: RULES[rules] ?? MAPPINGS,
  })
  try {
    const played = new Play(world, tally, rules, lenient)
    try {
      played.look()
      for (const step of [{ do: 'settle' } as const, ...steps]) await played.step(step)
      return null
    } catch (error) {
      if (error instanceof Broken) return { broken: error.message, log: played.log }
      return { broken: `the fuzzer failed: ${error instanceof Error ? error.stack : String(error)}`, log: played.log }
    }
  } finally {
    tally.histories += 1
    await world.close()
  }
}
