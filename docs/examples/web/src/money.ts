/** Amounts that people type, and the minor units that the API takes. */

/** Return how many decimals a currency has: 2 for EUR, 0 for JPY. */
export function decimalsOf(currency: string): number {
  const style = new Intl.NumberFormat("en", { style: "currency", currency });
  return style.resolvedOptions().maximumFractionDigits ?? 2;
}

/** Return minor units of a typed amount such as `180` or `179,50`. Throws an Error for other text. */
export function parseAmount(text: string, currency: string): number {
  const value = Number(text.trim().replace(",", "."));
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) throw new RangeError(text);
  return Math.round(value * 10 ** decimalsOf(currency));
}

/** Return minor units as a value that can be typed: `179.50`. */
export function amountValue(amount: number, currency: string): string {
  return (amount / 10 ** decimalsOf(currency)).toFixed(decimalsOf(currency));
}
