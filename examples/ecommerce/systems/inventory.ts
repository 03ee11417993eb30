export interface ReservationRequest {
  readonly productId: number;
  readonly quantity: number;
  /** Whose goods these are, `order_<task id>`. One reservation per reference and product. */
  readonly reference: string;
}

export interface Availability {
  readonly available: boolean;
  /** Free units, those that this reference holds already counted in. */
  readonly stock_level: number;
  readonly can_fulfill: boolean;
  readonly reserved_until: string;
}

/** `status` is `reserved`, or why not: `insufficient_stock`, `reservation_failed`, … */
export interface Reservation {
  readonly status: string;
  readonly reservation_id: string;
  readonly quantity_reserved: number;
  readonly expires_at: string;
}

/** Knows what is on the shelves, and keeps goods for an order. */
export abstract class Inventory {
  abstract checkAvailability(request: ReservationRequest, options: Cancellable): Promise<Availability>;
  /** Asked again with the same reference and product, it gives the reservation there is. */
  abstract reserve(request: ReservationRequest, options: Cancellable): Promise<Reservation>;
}

interface Cancellable {
  readonly signal: AbortSignal;
}
