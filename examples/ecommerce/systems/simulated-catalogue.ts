import { Injectable } from '@nestjs/common';
import { type Catalogue, type Product } from './catalogue.js';
import { SimulatedSystem } from './simulated-system.js';

export const PRODUCTS: readonly Product[] = [
  { id: 1, name: 'Bluetooth Headphones', price: 12_999, stock: 25, active: true },
  { id: 2, name: 'T-Shirt', price: 2_499, stock: 100, active: true },
  { id: 3, name: 'Water Bottle', price: 3_499, stock: 50, active: true },
  { id: 4, name: 'Yoga Mat', price: 3_999, stock: 30, active: true },
  { id: 5, name: 'Coffee Grinder', price: 8_999, stock: 15, active: true },
  { id: 6, name: 'Reading Glasses', price: 1_999, stock: 75, active: true },
  { id: 7, name: 'Desk Organizer', price: 2_999, stock: 40, active: true },
  { id: 8, name: 'Phone Case', price: 1_599, stock: 200, active: true },
];

@Injectable()
export class SimulatedCatalogue extends SimulatedSystem<'find'> implements Catalogue {
  /** May be replaced as a whole. */
  products: readonly Product[] = PRODUCTS;

  find(productId: number): Promise<Product | undefined> {
    return this.answer('find', [productId], () => this.products.find((product) => product.id === productId));
  }
}
