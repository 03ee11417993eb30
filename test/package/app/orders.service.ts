import { Injectable } from '@nestjs/common';

/** Something the handlers get injected: the proof is that its values arrive in the results. */
@Injectable()
export class OrdersService {
  total(orderId: number): number {
    return orderId * 100;
  }
}
