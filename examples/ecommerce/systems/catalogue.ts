import { type Cents } from '../money.js';

export interface Product {
  readonly id: number;
  readonly name: string;
  readonly price: Cents;
  /** What the catalogue believes to be in stock; the inventory knows. */
  readonly stock: number;
  /** False when it is no longer sold. */
  readonly active: boolean;
}

/** What the shop sells, for how much. */
export abstract class Catalogue {
  abstract find(productId: number): Promise<Product | undefined>;
}
