/**
 * Help as it stands in a command's source: paragraphs with empty lines between them.
 */

/** Each paragraph in one line, so that it is wrapped at the terminal's own width. */
export function paragraphs(text: string): string {
  return text.trim().replace(/(\S)\n(?=\S)/g, '$1 ')
}
