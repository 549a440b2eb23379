/** The example: a product team's specs in Notion and its delivery table in Airtable, as seeds of the emulators. */
import { readFileSync } from 'node:fs'
import type { AirtableSeed } from '../emulators/airtable/index.ts'
import type { NotionSeed, SeedPage } from '../emulators/notion/index.ts'

/** The mapping that this repository ships. */
export const MAPPINGS = readFileSync(new URL('../mappings.yaml', import.meta.url), 'utf8')

const PEOPLE = [
  { name: 'Ada Lovelace', email: 'ada@example.com' },
  { name: 'Grace Hopper', email: 'grace@example.com' },
  { name: 'Alan Turing', email: 'alan@example.com' },
  { name: 'Katherine Johnson', email: 'katherine@example.com' },
  { name: 'Linus Pauling', email: 'linus@example.com' },
  { name: 'Mary Jackson', email: 'mary@example.com' },
]
const STATUSES = ['Draft', 'Planned', 'In progress', 'In review', 'Shipped', 'Archived']
const PRIORITIES = ['P0', 'P1', 'P2', 'P3']
export const QUARTERS = ['2026 Q4', '2027 Q1', '2027 Q2']

const AREAS = ['Search', 'Billing', 'Onboarding', 'Mobile', 'Reports', 'Permissions', 'Import', 'Notifications']
const WORKS = ['redesign', 'API', 'performance', 'for teams', 'audit log', 'accessibility']

/** The title of the n-th spec; all differ. */
export const specTitle = (index: number): string =>
  `${AREAS[index % AREAS.length]} ${WORKS[Math.floor(index / AREAS.length) % WORKS.length]}${index >= AREAS.length * WORKS.length ? ` ${index}` : ''}`

function spec(index: number): SeedPage {
  return {
    created: new Date(Date.UTC(2026, 9, 1, 9, index)).toISOString(),
    properties: {
      Name: specTitle(index),
      Status: STATUSES[1 + (index % 3)] ?? null,
      Priority: PRIORITIES[index % PRIORITIES.length] ?? null,
      Owner: [PEOPLE[index % PEOPLE.length]?.name ?? ''],
      'Target Quarter': QUARTERS[index % QUARTERS.length] ?? null,
    },
  }
}

/**
 * A workspace with the Product Specs database, its people, and `count` specs over three quarters. Each call gives a seed
 * of one's own, which may be changed.
 */
export const exampleNotion = (count: number): NotionSeed =>
  structuredClone({
    token: 'ntn_example',
    users: PEOPLE,
    databases: [
      {
        title: 'Product Specs',
        properties: {
          Name: { type: 'title' },
          Status: { type: 'select', options: STATUSES },
          Priority: { type: 'select', options: PRIORITIES },
          Owner: { type: 'people' },
          'Target Quarter': { type: 'select', options: QUARTERS },
          Sprint: { type: 'rich_text' },
          'Ship Date': { type: 'date' },
          Blockers: { type: 'rich_text' },
        },
        pages: Array.from({ length: count }, (_, index) => spec(index)),
      },
    ],
  })

/** A base with an empty Delivery Tracker, likewise. */
export const exampleAirtable = (): AirtableSeed =>
  structuredClone({
    token: 'pat_example',
    users: [
      { name: 'Sync Bot', email: 'sync@example.com' },
      { name: 'Olga Ops', email: 'olga@example.com' },
    ],
    bases: [
      {
        name: 'Delivery',
        tables: [
          {
            name: 'Delivery Tracker',
            fields: [
              { name: 'Spec Name', type: 'singleLineText' },
              { name: 'Status', type: 'singleSelect', choices: STATUSES },
              { name: 'Priority', type: 'singleSelect', choices: PRIORITIES },
              { name: 'Owner', type: 'singleLineText' },
              { name: 'Target Quarter', type: 'singleSelect', choices: QUARTERS },
              { name: 'Notion URL', type: 'url' },
              { name: 'Sprint', type: 'singleLineText' },
              { name: 'Ship Date', type: 'date', options: { dateFormat: { name: 'iso', format: 'YYYY-MM-DD' } } },
              { name: 'Blockers', type: 'multilineText' },
              { name: 'Notion Page ID', type: 'singleLineText' },
              {
                name: 'Last Synced',
                type: 'dateTime',
                options: {
                  dateFormat: { name: 'iso', format: 'YYYY-MM-DD' },
                  timeFormat: { name: '24hour', format: 'HH:mm' },
                  timeZone: 'utc',
                },
              },
            ],
          },
        ],
      },
    ],
  })
