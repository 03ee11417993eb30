import { Injectable } from '@nestjs/common';
import { type Availability, type Inventory, type Reservation, type ReservationRequest } from './inventory.js';
import { PRODUCTS } from './simulated-catalogue.js';
import { SimulatedSystem } from './simulated-system.js';

const RESERVED_FOR_MS = 15 * 60 * 1000;
/** Of what the catalogue does not list. */
const DEFAULT_STOCK = 100;

interface Options {
  readonly signal?: AbortSignal;
}

@Injectable()
export class SimulatedInventory extends SimulatedSystem<'checkAvailability' | 'reserve'> implements Inventory {
  private readonly stock = new Map(PRODUCTS.map(({ id, stock }) => [id, stock]));
  private readonly reservations = new Map<string, Reservation>();

  checkAvailability(request: ReservationRequest, { signal }: Options = {}): Promise<Availability> {
    return this.answer('checkAvailability', [request], () => this.look(request), signal);
  }

  reserve(request: ReservationRequest, { signal }: Options = {}): Promise<Reservation> {
    return this.answer('reserve', [request], () => this.take(request), signal);
  }

  /** Free units. */
  level(productId: number): number {
    return this.stock.get(productId) ?? DEFAULT_STOCK;
  }

  private look(request: ReservationRequest): Availability {
    const held = this.reservations.get(keyOf(request))?.quantity_reserved ?? 0;
    const free = this.level(request.productId) + held;
    const available = free >= request.quantity;
    return { available, can_fulfill: available, stock_level: free, reserved_until: inAQuarter() };
  }

  private take(request: ReservationRequest): Reservation {
    const known = this.reservations.get(keyOf(request));
    if (known) return known;
    const free = this.level(request.productId);
    const isEnough = free >= request.quantity;
    const reservation: Reservation = {
      status: isEnough ? 'reserved' : 'insufficient_stock',
      reservation_id: this.newId('res'),
      quantity_reserved: isEnough ? request.quantity : 0,
      expires_at: inAQuarter(),
    };
    if (isEnough) {
      this.stock.set(request.productId, free - request.quantity);
      this.reservations.set(keyOf(request), reservation);
    }
    return reservation;
  }
}

function keyOf({ reference, productId }: ReservationRequest): string {
  return `${reference}/${productId}`;
}

function inAQuarter(): string {
  return new Date(Date.now() + RESERVED_FOR_MS).toISOString();
}
