import { RetryableError, type StepContext, StepHandler } from 'nestjs-tasker';
import { type OrderContext } from '../order-context.js';
import { Inventory, type Reservation } from '../systems/inventory.js';
import { required } from './required.js';
import { type ValidatedCart, type ValidatedItem } from './validate-cart.step.js';

export interface InventoryResult {
  readonly updated_products: readonly UpdatedProduct[];
  readonly total_items_reserved: number;
  readonly inventory_changes: readonly InventoryChange[];
  readonly updated_at: string;
}

export interface UpdatedProduct {
  readonly product_id: number;
  readonly name: string;
  readonly previous_stock: number;
  readonly new_stock: number;
  readonly quantity_reserved: number;
  readonly reservation_id: string;
}

export interface InventoryChange {
  readonly product_id: number;
  readonly change_type: 'reservation';
  /** Negative: units that left the shelf. */
  readonly quantity: number;
  readonly reason: 'order_checkout';
  readonly timestamp: string;
  readonly reservation_id: string;
}

interface ReservedItem {
  readonly item: ValidatedItem;
  readonly stockBefore: number;
  readonly reservation: Reservation;
}

/** Keeps the goods for this order. What an earlier attempt has reserved already is not reserved again. */
@StepHandler('update_inventory')
export class UpdateInventory implements StepHandler {
  constructor(private readonly inventory: Inventory) {}

  async process({ task, sequence, signal }: StepContext): Promise<ReservedItem[]> {
    const cart = sequence.results('validate_cart') as Partial<ValidatedCart> | null;
    const items = required(cart?.validated_items, 'MISSING_VALIDATED_ITEMS', 'the list of validated items');
    const { customer_info: customer } = task.context as OrderContext;
    required(customer, 'MISSING_CUSTOMER_INFO', 'the customer');
    const reserved: ReservedItem[] = [];
    for (const item of items) reserved.push(await this.reserve(item, `order_${task.taskId}`, signal));
    return reserved;
  }

  processResults(reserved: readonly ReservedItem[]): InventoryResult {
    const now = new Date().toISOString();
    return {
      updated_products: reserved.map(({ item, stockBefore, reservation }) => ({
        product_id: item.product_id,
        name: item.name,
        previous_stock: stockBefore,
        new_stock: stockBefore - reservation.quantity_reserved,
        quantity_reserved: reservation.quantity_reserved,
        reservation_id: reservation.reservation_id,
      })),
      total_items_reserved: reserved.reduce((total, { reservation }) => total + reservation.quantity_reserved, 0),
      inventory_changes: reserved.map(({ item, reservation }) => ({
        product_id: item.product_id,
        change_type: 'reservation',
        quantity: -reservation.quantity_reserved,
        reason: 'order_checkout',
        timestamp: now,
        reservation_id: reservation.reservation_id,
      })),
      updated_at: now,
    };
  }

  private async reserve(item: ValidatedItem, reference: string, signal: AbortSignal): Promise<ReservedItem> {
    const { product_id: productId, name, quantity } = item;
    const request = { productId, quantity, reference };
    const { available, stock_level: stockBefore } = await this.inventory.checkAvailability(request, { signal });
    if (!available) {
      const message = `${quantity} × ${name} wanted, ${stockBefore} on the shelf`;
      throw new RetryableError(message, { errorCode: 'NOT_AVAILABLE', context: { product_id: productId } });
    }
    const reservation = await this.inventory.reserve(request, { signal });
    if (reservation.status !== 'reserved') {
      const message = `${quantity} × ${name} could not be reserved: ${reservation.status}`;
      throw new RetryableError(message, { errorCode: reservation.status.toUpperCase() });
    }
    return { item, stockBefore, reservation };
  }
}
