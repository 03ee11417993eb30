/** What an order's task is created with; the schema in workflows/process_order.yaml holds it to this. */
export interface OrderContext {
  readonly cart_items: readonly CartItem[];
  readonly payment_info: PaymentInfo;
  readonly customer_info: CustomerInfo;
  readonly shipping_info?: ShippingInfo;
  readonly priority?: 'standard' | 'express' | 'overnight';
  readonly express_processing?: ExpressProcessing;
  readonly premium_processing?: PremiumProcessing;
}

export interface CartItem {
  readonly product_id: number;
  readonly quantity: number;
  /** What the customer saw; what is charged, the catalogue decides. */
  readonly price: number;
  readonly name?: string;
}

export interface PaymentInfo {
  readonly method: 'credit_card' | 'debit_card' | 'paypal' | 'bank_transfer';
  /** What the customer agreed to pay. */
  readonly amount: number;
  readonly currency: 'USD' | 'EUR' | 'GBP';
  readonly card_last_four?: string;
  readonly token?: string;
}

export interface CustomerInfo {
  readonly id?: number;
  readonly email: string;
  readonly name: string;
  readonly tier?: 'standard' | 'premium' | 'enterprise';
  readonly phone?: string;
}

export interface ShippingInfo {
  readonly address?: string;
  readonly city?: string;
  readonly state?: string;
  readonly zip?: string;
}

export interface ExpressProcessing {
  readonly payment_timeout_ms: number;
  readonly payment_retries: number;
  readonly email_retries: number;
}

export interface PremiumProcessing {
  readonly priority: string;
  readonly faster_processing: boolean;
}
