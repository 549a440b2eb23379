/**
 * The person's hand: what somebody does in Notion's own app, through the same value rules as the API, with a person
 * as the editor. Ids may be dashed or not, and a database id stands for its first data source.
 */
import { addProperty, dropProperty, linkProperty, pagesOf, type SeedProperty } from './columns.ts'
import { moveTo, setTrash, touch } from './edits.ts'
import { applyPlain, readPlain, type SeedValue, toPlain } from './plain.ts'
import { setValues } from './relations.ts'
import { NO_ARCHIVED, renderPage, type Shown } from './render.ts'
import { insertPage } from './seed.ts'
import type { Settings } from './service.ts'
import {
  type DataSource,
  dataSourceOf,
  findProperty,
  floorMinute,
  type HiddenRelations,
  nextId,
  type Page,
  type Property,
  pageOf,
  propertiesOf,
  type State,
  toId,
  type User,
} from './state.ts'
import { findUser } from './users.ts'
import { emptyValue, type Writer } from './values.ts'

export type Hand = {
  /** Adds a row, and returns its id. */
  addPage(dataSource: string, properties: Record<string, SeedValue>, by?: string): string
  /** Sets values. `by` is the name or id of a user (the first of the seed, unless told). */
  edit(page: string, properties: Record<string, SeedValue>, by?: string): void
  /** Edits the content: no value changes, but the time of the last edit does. */
  editBody(page: string, by?: string): void
  /** Also takes the id of a data source or database, whose rows it then makes uneditable. */
  trash(id: string): void
  restore(id: string): void
  archive(page: string): void
  unarchive(page: string): void
  move(page: string, toDataSource: string): void
  /**
   * Takes a page, data source or database from the bot: 404 from then on. Relations that point there read as empty, and
   * their columns are missing from the schema (`omitted`, unless told) or stay `listed`.
   */
  unshare(id: string, relations?: HiddenRelations): void
  share(id: string): void
  /** Deletes for good. */
  purge(page: string): void
  /** Copies a row with all of its values, and returns the id of the copy. */
  duplicate(page: string): string
  renameProperty(dataSource: string, from: string, to: string): void
  dropProperty(dataSource: string, name: string): void
  /** Keeps the id, and the values that the new type can take. */
  retypeProperty(dataSource: string, name: string, type: string, spec?: Omit<SeedProperty, 'type'>): void
  renameOption(dataSource: string, property: string, from: string, to: string): void
  addProperty(dataSource: string, name: string, spec: SeedProperty): void
  /** Changes what there is to know of a user, named by id, e-mail address or name. */
  changeUser(user: string, changes: Partial<Omit<User, 'id'>>): void
  /** The id that the next page will get, however it is added: for a fault that names it. */
  nextPageId(): string
  /** A value in the plain spelling of seeds, null where it is empty. */
  value(page: string, property: string): unknown
  /** A page as the API shows it. */
  page(id: string): Shown
  /** The rows that are neither trashed nor archived, in the order of creation. */
  pages(dataSource: string): Shown[]
}

/** The hand over the workspace that `workspace` returns, whichever it is at the time. */
export function personsHand(workspace: () => State, now: () => number, settings: Settings): Hand {
  const view = () => {
    const { userInfo, trashedInRelations, namesPeople } = settings
    return { version: NO_ARCHIVED, userInfo, trashedInRelations, namesPeople, now: now() }
  }

  function editor(by: string | undefined): string {
    const state = workspace()
    if (by === undefined) return state.owner
    const user = findUser(state, by)
    if (user === undefined) throw new Error(`no user is called ${by}`)
    return user
  }

  const writer = (by: string | undefined, page?: Page): Writer => ({
    by: editor(by),
    isPerson: true,
    now: now(),
    ...(page && { page }),
  })

  /** Notes a change of the columns. */
  function restamp(source: DataSource): void {
    Object.assign(source, { edited: floorMinute(now()), editedBy: workspace().owner })
  }

  /** The column that is about to be changed. */
  function column(dataSource: string, name: string): { source: DataSource; property: Property } {
    const source = dataSourceOf(workspace(), dataSource)
    const property = findProperty(source.properties, name)
    if (property === undefined) throw new Error(`${source.title} has no property ${name}`)
    restamp(source)
    return { source, property }
  }

  function setInTrash(id: string, inTrash: boolean): void {
    const state = workspace()
    const page = state.pages[toId(id) ?? id]
    if (page === undefined) dataSourceOf(state, id).inTrash = inTrash
    else setTrash(page, inTrash, now())
  }

  const live = (page: Page): boolean => !page.inTrash && !page.isArchived
  const key = (id: string): string => toId(id) ?? id

  return {
    addPage(dataSource, properties, by) {
      const state = workspace()
      const source = dataSourceOf(state, dataSource)
      const change = readPlain(state, source.properties, properties, writer(by))
      const page = insertPage(state, { dataSource: source.id, by: editor(by), at: now() })
      applyPlain(state, page, change)
      return page.id
    },
    edit(id, properties, by) {
      const state = workspace()
      const page = pageOf(state, id)
      const change = readPlain(state, propertiesOf(state, page), properties, writer(by, page))
      const edited = applyPlain(state, page, change)
      if (edited) touch(page, editor(by), now())
    },
    editBody: (id, by) => touch(pageOf(workspace(), id), editor(by), now()),
    trash: id => setInTrash(id, true),
    restore: id => setInTrash(id, false),
    archive(id) {
      pageOf(workspace(), id).isArchived = true
    },
    unarchive(id) {
      pageOf(workspace(), id).isArchived = false
    },
    move(id, target) {
      const state = workspace()
      moveTo(state, pageOf(state, id), { dataSource: dataSourceOf(state, target).id, parentPage: null })
    },
    unshare(id, relations = 'omitted') {
      workspace().unshared[key(id)] = relations
    },
    share(id) {
      delete workspace().unshared[key(id)]
    },
    purge(id) {
      const state = workspace()
      delete state.pages[pageOf(state, id).id]
    },
    duplicate(id) {
      const state = workspace()
      const page = pageOf(state, id)
      const copy = insertPage(state, {
        dataSource: page.dataSource,
        parentPage: page.parentPage,
        by: state.owner,
        at: now(),
      })
      for (const property of propertiesOf(state, page)) {
        const value = structuredClone(page.values[property.id] ?? null)
        if (property.type !== 'unique_id') setValues(state, copy, { [property.id]: value })
      }
      copy.children = structuredClone(page.children)
      return copy.id
    },
    renameProperty(dataSource, from, to) {
      column(dataSource, from).property.name = to
    },
    dropProperty(dataSource, name) {
      const { source, property } = column(dataSource, name)
      dropProperty(workspace(), source, property)
    },
    retypeProperty(dataSource, name, type, spec = {}) {
      const state = workspace()
      const { source, property } = column(dataSource, name)
      const before = pagesOf(state, source).map(page => ({ page, plain: toPlain(state, page, property) }))
      const place = source.properties.indexOf(property)
      dropProperty(state, source, property)
      const added = addProperty(state, source, name, { ...spec, type, id: property.id })
      linkProperty(state, source, added)
      source.properties.splice(place, 0, ...source.properties.splice(-1))
      for (const { page, plain } of before) keepIfPossible(state, page, added, plain, writer(undefined, page))
    },
    renameOption(dataSource, name, from, to) {
      const { property } = column(dataSource, name)
      const option = property.options.find(each => each.name === from)
      if (option === undefined) throw new Error(`${name} has no option ${from}`)
      option.name = to
    },
    addProperty(dataSource, name, spec) {
      const state = workspace()
      const source = dataSourceOf(state, dataSource)
      linkProperty(state, source, addProperty(state, source, name, spec))
      restamp(source)
    },
    changeUser(who, changes) {
      const state = workspace()
      const id = findUser(state, who)
      const user = state.users.find(each => each.id === id)
      if (user === undefined) throw new Error(`no user is called ${who}`)
      Object.assign(user, changes)
    },
    nextPageId() {
      const state = workspace()
      state.reservedId ??= nextId(state)
      return state.reservedId
    },
    value(id, name) {
      const state = workspace()
      const page = pageOf(state, id)
      const property = findProperty(propertiesOf(state, page), name)
      if (property === undefined) throw new Error(`the page has no property ${name}`)
      return toPlain(state, page, property)
    },
    page: id => renderPage(workspace(), pageOf(workspace(), id), view()),
    pages(dataSource) {
      const state = workspace()
      const rows = pagesOf(state, dataSourceOf(state, dataSource)).filter(live)
      return rows.sort((one, other) => one.serial - other.serial).map(page => renderPage(state, page, view()))
    },
  }
}

function keepIfPossible(state: State, page: Page, property: Property, plain: unknown, writer: Writer): void {
  if (plain === null) return
  const value =
    property.type === 'number' ? Number(plain) : property.type === 'checkbox' ? Boolean(plain) : String(plain)
  try {
    applyPlain(state, page, readPlain(state, [property], { [property.name]: value }, writer))
  } catch {
    page.values[property.id] = emptyValue(property)
  }
}
