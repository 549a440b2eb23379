/** An edit of a text touches nothing around the edit, on either side. */
import type { PageObjectResponse } from '@notionhq/client'
import { describe, expect, test } from 'vitest'
import { writeColumns as cellsForAirtable } from '../../src/airtable/fields.ts'
import { between } from '../../src/core/patch.ts'
import { writeColumns as cellsForNotion } from '../../src/notion/properties.ts'
import { column } from './words.ts'

describe('space at the ends of a text, which is no part of its value', () => {
  test('stays around an edit', () => {
    expect(between(' \ta b\n', 'a new b')).toBe(' \ta new b\n')
    expect(between('  ', 'new')).toBe('new')
    expect(between(' a ', '')).toBe('')
  })

  test('does not cost a mention in Airtable, which ends formatted texts with a line break', () => {
    const mention = '<airtable:mention id="men1">@Ada</airtable:mention>'
    const notes = { ...column('airtable', 'Notes', { is: 'text', lines: 'many' }), type: 'richText' }
    const row = { id: 'rec1', createdTime: '', fields: { [notes.id]: `ask ${mention}\n` } }
    expect(cellsForAirtable([{ column: notes, value: 'please ask @Ada' }], row)).toEqual({
      [notes.id]: `please ask ${mention}\n`,
    })
  })

  test('does not cost the formatting in Notion, nor do decomposed letters', () => {
    const plain = { italic: false, strikethrough: false, underline: false, code: false, color: 'default' }
    const item = (content: string, bold: boolean) => ({
      type: 'text',
      text: { content, link: null },
      annotations: { ...plain, bold },
      plain_text: content,
      href: null,
    })
    const notes = { ...column('notion', 'Notes', { is: 'text', lines: 'many' }), type: 'rich_text' }
    const items = [item('the be\u0301ta', true), item(' ', false)]
    const page = { properties: { Notes: { id: notes.id, type: 'rich_text', rich_text: items } } }
    const written = cellsForNotion(
      [{ column: notes, value: 'ship the b\u00e9ta' }],
      page as unknown as PageObjectResponse,
    )
    expect(written).toMatchObject({
      [notes.id]: {
        rich_text: [
          { text: { content: 'ship ' } },
          { text: { content: 'the b\u00e9ta' }, annotations: { bold: true } },
          {},
        ],
      },
    })
  })
})
