import { priceCart } from '../cart-pricing.js';

describe('the price of a cart', () => {
  const cart = (quantity: number, price = 100) => priceCart([{ productId: 1, name: 'Widget', price, quantity }]);

  it('is what the goods cost, 8 % tax and the shipping', () => {
    const lines = [
      { productId: 1, name: 'Widget A', price: 2_999, quantity: 2 },
      { productId: 2, name: 'Widget B', price: 4_999, quantity: 1 },
    ];
    expect(priceCart(lines)).toEqual({ lines, subtotal: 10_997, tax: 880, shipping: 599, total: 12_476 });
  });

  it.each([
    [4, 599],
    [5, 999],
    [20, 999],
    [21, 1499],
  ])('ships %d units of half a pound for %d cents', (quantity, shipping) => {
    expect(cart(quantity).shipping).toBe(shipping);
  });
});
