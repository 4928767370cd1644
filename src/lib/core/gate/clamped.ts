/** Other people's text, of which so much fits into rows and mails. Half a character, cut or written so, is no text that can be kept. */
export function clamped(text: string, most: number): string {
  return (text.length > most ? `${text.slice(0, most)}...` : text).toWellFormed();
}
