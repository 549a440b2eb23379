/**
 * Reads the text of a formula into a tree. What the tree means for a record is in evaluate.ts.
 * Field names are not looked up here.
 */
import { badFormula } from './refusals.ts'

export type Operator = '=' | '!=' | '<' | '>' | '<=' | '>=' | '&' | '+' | '-' | '*' | '/'
export type Expression =
  | { kind: 'constant'; value: number | string }
  | { kind: 'field'; name: string }
  | { kind: 'call'; name: string; args: Expression[] }
  | { kind: 'negative'; of: Expression }
  | { kind: 'binary'; operator: Operator; left: Expression; right: Expression }

type Token = { kind: 'number' | 'string' | 'field' | 'word' | 'sign' | 'end'; text: string }

const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?|\.\d+)|"((?:[^"\\]|\\[\s\S])*)"|'((?:[^'\\]|\\[\s\S])*)'|\{([^}]*)\}|([\p{L}_][\p{L}\p{N}_]*)|(!=|<=|>=|[=<>&+\-*/(),]))/uy

/** From the loosest to the tightest binding. */
const LEVELS: readonly (readonly string[])[] = [['=', '!=', '<', '>', '<=', '>='], ['&'], ['+', '-'], ['*', '/']]

const invalid = () => badFormula('Invalid formula. Please check your formula text.')

/** Throws a Refusal with the service's wording when the text is no formula. */
export function parseFormula(text: string): Expression {
  const tokens = tokenise(text)
  let position = 0
  const peek = (): Token => tokens[position] ?? { kind: 'end', text: '' }
  const take = (): Token => {
    const token = peek()
    position += 1
    return token
  }
  const takeSign = (sign: string): boolean => {
    const found = peek().kind === 'sign' && peek().text === sign
    if (found) position += 1
    return found
  }

  function binary(level: number): Expression {
    const operators = LEVELS[level]
    if (!operators) return unary()
    let left = binary(level + 1)
    while (peek().kind === 'sign' && operators.includes(peek().text)) {
      left = { kind: 'binary', operator: take().text as Operator, left, right: binary(level + 1) }
    }
    return left
  }

  function unary(): Expression {
    if (takeSign('-')) return { kind: 'negative', of: unary() }
    if (takeSign('(')) {
      const inner = binary(0)
      if (!takeSign(')')) throw invalid()
      return inner
    }
    const token = take()
    if (token.kind === 'number') return { kind: 'constant', value: Number(token.text) }
    if (token.kind === 'string') return { kind: 'constant', value: token.text }
    if (token.kind === 'field') return { kind: 'field', name: token.text }
    if (token.kind !== 'word') throw invalid()
    return takeSign('(')
      ? { kind: 'call', name: token.text.toUpperCase(), args: rest() }
      : { kind: 'field', name: token.text }
  }

  function rest(): Expression[] {
    if (takeSign(')')) return []
    const args = [binary(0)]
    while (takeSign(',')) args.push(binary(0))
    if (!takeSign(')')) throw invalid()
    return args
  }

  const tree = binary(0)
  if (peek().kind !== 'end') throw invalid()
  return tree
}

function tokenise(text: string): Token[] {
  const tokens: Token[] = []
  const end = text.trimEnd().length
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text)
    if (!match) throw invalid()
    const [, number, double, single, field, word, sign] = match
    const quoted = double ?? single
    if (number !== undefined) tokens.push({ kind: 'number', text: number })
    else if (quoted !== undefined) tokens.push({ kind: 'string', text: unescaped(quoted) })
    else if (field !== undefined) tokens.push({ kind: 'field', text: field })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word })
    else tokens.push({ kind: 'sign', text: sign ?? '' })
  }
  return tokens
}

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t' }

function unescaped(quoted: string): string {
  return quoted.replace(/\\([\s\S])/g, (_, character: string) => ESCAPES[character] ?? character)
}
