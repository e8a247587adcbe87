/** The nonce of this response: styles that libraries write into the page need it under the content policy. */
export function nonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
}
