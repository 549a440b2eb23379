/**
 * The people, bots and groups of the workspace: who is meant by a name, and how they are shown to the bot.
 */
import type { Shown, View } from './render.ts'
import { type State, toId, type User } from './state.ts'

/**
 * The id of whom a seed or a hand means by an id, an e-mail address or a name, be it a user, the bot or a group. Of two
 * with one name it is the first: the address tells them apart.
 */
export function findUser(state: State, who: string): string | undefined {
  const id = toId(who)
  const everybody = [...state.users, state.bot, ...state.groups]
  const known =
    everybody.find(each => each.id === id) ??
    state.users.find(each => each.email === who) ??
    everybody.find(each => each.name === who)
  return known?.id
}

/** Whether there is somebody of this id that a value can hold. */
export const isSomebody = (state: State, id: string): boolean =>
  id === state.bot.id || [...state.users, ...state.groups].some(each => each.id === id)

/** The name of somebody whom the bot may see, for a mention. */
export function visibleName(state: State, id: string, view: View): string | undefined {
  const shown = renderReference(state, id, view)
  return typeof shown.name === 'string' ? shown.name : undefined
}

export const partialUser = (id: string): Shown => ({ object: 'user', id })

/**
 * Somebody inside of a value. Guests, people who are hidden from the bot, and everybody where the bot lacks the
 * user-information capability, come as a bare id.
 */
export function renderReference(state: State, id: string, view: View): Shown {
  if (id === state.bot.id) return { object: 'user', id, name: state.bot.name, avatar_url: null, type: 'bot', bot: {} }
  const group = state.groups.find(each => each.id === id)
  if (group !== undefined) return { object: 'group', id, name: group.name }
  const user = state.users.find(each => each.id === id)
  const isBare = user === undefined || user.kind === 'guest' || user.hidden || view.userInfo === 'none'
  return isBare ? partialUser(id) : renderUser(user, view)
}

export function renderUser(user: User, view: View): Shown {
  const shown = { object: 'user', id: user.id, name: user.name, avatar_url: null }
  if (user.kind === 'bot') return { ...shown, type: 'bot', bot: {} }
  const person: Shown = view.userInfo === 'email' && user.email !== null ? { email: user.email } : {}
  return { ...shown, type: 'person', person }
}

/** The bot itself, of which the API tells more than of other bots. */
export function renderBot(state: State): Shown {
  const bot = {
    owner: { type: 'workspace', workspace: true },
    workspace_name: 'Emulated workspace',
    workspace_id: state.workspace,
    workspace_limits: { max_file_upload_size_in_bytes: 5_242_880 },
  }
  return { object: 'user', id: state.bot.id, name: state.bot.name, avatar_url: null, type: 'bot', bot }
}
