/**
 * The merge table: for each situation of a field and each owner, what is done. Every cell is written out, so that
 * what users read in docs/merge-rules.md (generated from here) is what runs. It decides nothing but this.
 */
import type { Owner } from './model.ts'

export type Situation =
  | 'neither-changed'
  | 'notion-changed'
  | 'airtable-changed'
  | 'both-changed-equally'
  | 'both-changed'
  | 'apart'
  | 'only-notion'
  | 'only-airtable'

export type Action =
  /** Nothing to do. */
  | 'nothing'
  /** Both hold the same: it becomes the base, nothing is written. */
  | 'agree'
  | 'to-airtable'
  | 'to-notion'
  /** The line's policy decides: see `conflict` in mappings.yaml. */
  | 'conflict'

/** `log` is the word for it in the changelog, where it is more than an edit that flowed. */
export type Rule = { readonly action: Action; readonly log?: 'reverted' | 'overridden' | 'filled' }

export const SITUATIONS: Record<Situation, string> = {
  'neither-changed': 'neither side changed, and they agree',
  'notion-changed': 'changed in Notion only',
  'airtable-changed': 'changed in Airtable only',
  'both-changed-equally': 'changed on both sides, to the same value',
  'both-changed': 'changed on both sides, to different values',
  apart: 'neither side changed, yet they differ',
  'only-notion': 'first link: only Notion holds a value',
  'only-airtable': 'first link: only Airtable holds a value',
}

export const MERGE_TABLE: Record<Situation, Record<Owner, Rule>> = {
  'neither-changed': {
    both: { action: 'nothing' },
    notion: { action: 'nothing' },
    airtable: { action: 'nothing' },
  },
  'notion-changed': {
    both: { action: 'to-airtable' },
    notion: { action: 'to-airtable' },
    airtable: { action: 'to-notion', log: 'reverted' },
  },
  'airtable-changed': {
    both: { action: 'to-notion' },
    notion: { action: 'to-airtable', log: 'reverted' },
    airtable: { action: 'to-notion' },
  },
  'both-changed-equally': {
    both: { action: 'agree' },
    notion: { action: 'agree' },
    airtable: { action: 'agree' },
  },
  'both-changed': {
    both: { action: 'conflict' },
    notion: { action: 'to-airtable', log: 'overridden' },
    airtable: { action: 'to-notion', log: 'overridden' },
  },
  apart: {
    both: { action: 'conflict' },
    notion: { action: 'to-airtable', log: 'overridden' },
    airtable: { action: 'to-notion', log: 'overridden' },
  },
  // A new pair: what one side holds alone is never cleared, whoever owns the field.
  'only-notion': {
    both: { action: 'to-airtable', log: 'filled' },
    notion: { action: 'to-airtable', log: 'filled' },
    airtable: { action: 'to-airtable', log: 'filled' },
  },
  'only-airtable': {
    both: { action: 'to-notion', log: 'filled' },
    notion: { action: 'to-notion', log: 'filled' },
    airtable: { action: 'to-notion', log: 'filled' },
  },
}

/** What is known of a field: comparable texts (value.ts) of both sides now and, where there is one, in the base. */
export type Facts = {
  readonly notion: string
  readonly airtable: string
  readonly base: { readonly notion: string; readonly airtable: string } | null
  /** The text that stands for empty. */
  readonly empty: string
}

/** Names the situation. Content decides; no time is looked at. */
export function situation({ notion, airtable, base, empty }: Facts): Situation {
  const agree = notion === airtable
  if (base === null) {
    if (agree) return 'both-changed-equally'
    if (airtable === empty) return 'only-notion'
    if (notion === empty) return 'only-airtable'
    return 'both-changed'
  }
  const notionChanged = notion !== base.notion
  const airtableChanged = airtable !== base.airtable
  if (!notionChanged && !airtableChanged) return agree ? 'neither-changed' : 'apart'
  if (agree) return 'both-changed-equally'
  if (notionChanged && airtableChanged) return 'both-changed'
  return notionChanged ? 'notion-changed' : 'airtable-changed'
}
