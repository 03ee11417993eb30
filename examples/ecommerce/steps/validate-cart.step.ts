import { PermanentError, RetryableError, type StepContext, StepHandler } from 'nestjs-tasker';
import { lineTotal, priceCart, type PricedCart, type PricedLine } from '../cart-pricing.js';
import { fromCents } from '../money.js';
import { type CartItem, type OrderContext } from '../order-context.js';
import { Catalogue } from '../systems/catalogue.js';
import { required } from './required.js';

export interface ValidatedCart {
  readonly validated_items: readonly ValidatedItem[];
  readonly subtotal: number;
  readonly tax: number;
  readonly shipping: number;
  readonly total: number;
  /** Lines, not units. */
  readonly item_count: number;
  readonly validated_at: string;
}

export interface ValidatedItem {
  readonly product_id: number;
  readonly name: string;
  readonly price: number;
  readonly quantity: number;
  readonly line_total: number;
}

/** Looks up every product and computes what the order costs, at the catalogue's prices. */
@StepHandler('validate_cart')
export class ValidateCart implements StepHandler {
  constructor(private readonly catalogue: Catalogue) {}

  async process({ task }: StepContext): Promise<PricedCart> {
    const { cart_items: items } = task.context as OrderContext;
    if (!items || items.length === 0)
      throw new PermanentError('the cart is empty', { errorCode: 'MISSING_CART_ITEMS' });
    return priceCart(await Promise.all(items.map((item, index) => this.priceLine(item, index + 1))));
  }

  processResults(cart: PricedCart): ValidatedCart {
    return {
      validated_items: cart.lines.map((line) => ({
        product_id: line.productId,
        name: line.name,
        price: fromCents(line.price),
        quantity: line.quantity,
        line_total: fromCents(lineTotal(line)),
      })),
      subtotal: fromCents(cart.subtotal),
      tax: fromCents(cart.tax),
      shipping: fromCents(cart.shipping),
      total: fromCents(cart.total),
      item_count: cart.lines.length,
      validated_at: new Date().toISOString(),
    };
  }

  private async priceLine(item: CartItem, line: number): Promise<PricedLine> {
    const productId = required(item.product_id, 'MISSING_PRODUCT_ID', `line ${line}: the product id`);
    const { quantity } = item;
    if (!Number.isSafeInteger(quantity) || quantity < 1) {
      throw new PermanentError(`line ${line}: ${quantity} is no quantity`, { errorCode: 'INVALID_QUANTITY' });
    }
    const product = await this.catalogue.find(productId);
    if (!product) throw new PermanentError(`there is no product ${productId}`, { errorCode: 'PRODUCT_NOT_FOUND' });
    const { name, price, stock } = product;
    if (!product.active) throw new PermanentError(`${name} is no longer sold`, { errorCode: 'PRODUCT_INACTIVE' });
    // Goods may come in: worth another attempt.
    if (stock < quantity) {
      throw new RetryableError(`${quantity} × ${name} wanted, ${stock} in stock`, { errorCode: 'INSUFFICIENT_STOCK' });
    }
    return { productId, name, price, quantity };
  }
}
