import { type InjectionToken, Module, type Provider, type Type } from '@nestjs/common';
import { CheckoutController } from './checkout/checkout.controller.js';
import { CheckoutService } from './checkout/checkout.service.js';
import { CreateOrder } from './steps/create-order.step.js';
import { ProcessPayment } from './steps/process-payment.step.js';
import { SendConfirmation } from './steps/send-confirmation.step.js';
import { UpdateInventory } from './steps/update-inventory.step.js';
import { ValidateCart } from './steps/validate-cart.step.js';
import { Catalogue } from './systems/catalogue.js';
import { Inventory } from './systems/inventory.js';
import { Mailer } from './systems/mailer.js';
import { OrderBook } from './systems/order-book.js';
import { PaymentGateway } from './systems/payment-gateway.js';
import { SimulatedCatalogue } from './systems/simulated-catalogue.js';
import { SimulatedInventory } from './systems/simulated-inventory.js';
import { SimulatedMailer } from './systems/simulated-mailer.js';
import { SimulatedPaymentGateway } from './systems/simulated-payment-gateway.js';

/** The shop: its steps, and the systems they talk to. A real shop puts its own adapters in place of the simulated ones. */
@Module({
  controllers: [CheckoutController],
  providers: [
    ...[ValidateCart, ProcessPayment, UpdateInventory, CreateOrder, SendConfirmation],
    ...simulated(Catalogue, SimulatedCatalogue),
    ...simulated(PaymentGateway, SimulatedPaymentGateway),
    ...simulated(Inventory, SimulatedInventory),
    ...simulated(Mailer, SimulatedMailer),
    OrderBook,
    CheckoutService,
  ],
})
export class ShopModule {}

/** Steps ask for the abstract class; the demo and the tests get at the simulated one by its own name. */
function simulated(port: InjectionToken, standIn: Type): Provider[] {
  return [standIn, { provide: port, useExisting: standIn }];
}
