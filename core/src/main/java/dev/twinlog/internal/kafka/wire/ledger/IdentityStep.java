package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.wire.message.InitProducerId;
import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import dev.twinlog.internal.kafka.wire.net.Broker;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;

/**
 * Gets a route its producer id and the next epoch. From then on the coordinator does nothing for
 * whoever has the epoch before; the partition does not know of it yet.
 */
final class IdentityStep {
  /** A transaction that a ledger leaves open is ended by its coordinator after that. */
  private static final int TRANSACTION_MS = 30_000;

  private final LedgerParts parts;

  IdentityStep(LedgerParts parts) {
    this.parts = parts;
  }

  /**
   * Gets one.
   *
   * @param stuck is told if the coordinator can't go on with the id, and never will
   */
  void run(RecoveryTask task, int generation, Consumer<Identity> then, Runnable stuck) {
    String id = TransactionalIds.of(parts.settings().link(), generation, task.route());
    parts.requests().inits.ask(new Init(task, id, generation, then, stuck));
  }

  private final class Init extends CoordinatorRequests.Call {
    private final int generation;
    private final Consumer<Identity> then;
    private final Runnable stuck;
    private long producerId;
    private short epoch;

    Init(
        RecoveryTask task,
        String transactionalId,
        int generation,
        Consumer<Identity> then,
        Runnable stuck) {
      super(task, transactionalId);
      this.generation = generation;
      this.then = then;
      this.stuck = stuck;
    }

    @Override
    MessageWriter body() {
      return InitProducerId.request(
          transactionalId(), Math.min(TRANSACTION_MS, parts.settings().times().transactionMs()));
    }

    @Override
    Errors read(MessageReader in, Broker broker) {
      InitProducerId told = InitProducerId.read(in);
      parts.requests().cluster.throttle(broker, told.throttleMs());
      producerId = told.producerId();
      epoch = told.producerEpoch();
      return Errors.forCode(told.error());
    }

    @Override
    void done() {
      parts.hanging().free(transactionalId());
      then.accept(new Identity(transactionalId(), generation, producerId, epoch));
    }

    @Override
    boolean held() {
      boolean wedged = parts.hanging().held(transactionalId());
      if (wedged) {
        stuck.run();
      }
      return !wedged;
    }

    /** Another epoch does no harm. */
    @Override
    void lost(String why, Runnable again) {
      again.run();
    }
  }
}
