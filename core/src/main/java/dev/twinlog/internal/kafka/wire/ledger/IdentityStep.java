package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.wire.ledger.request.CoordinatorRequests;
import dev.twinlog.internal.kafka.wire.ledger.request.RecoveryTask;
import dev.twinlog.internal.kafka.wire.message.InitProducerId;
import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import dev.twinlog.internal.kafka.wire.net.Broker;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;

/**
 * Gets a route's producer id and next epoch from its coordinator, which from then on refuses the
 * epoch before; the partition doesn't know the new epoch yet.
 */
final class IdentityStep {
  /**
   * The transaction timeout, after which the coordinator aborts a transaction that a ledger left
   * open.
   */
  private static final int TRANSACTION_MS = 30_000;

  private final LedgerParts parts;

  IdentityStep(LedgerParts parts) {
    this.parts = parts;
  }

  /**
   * Requests a producer id.
   *
   * @param stuck runs if the id has a hanging transaction
   */
  void run(RecoveryTask task, int generation, Consumer<Identity> then, Runnable stuck) {
    String id = TransactionalIds.of(parts.settings().link(), generation, task.route());
    parts.requests().initProducerIds.submit(new Init(task, id, generation, then, stuck));
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
    protected MessageWriter body() {
      return InitProducerId.request(
          transactionalId(), Math.min(TRANSACTION_MS, parts.settings().times().transactionMs()));
    }

    @Override
    protected Errors read(MessageReader in, Broker broker) {
      InitProducerId response = InitProducerId.read(in);
      parts.requests().cluster.throttle(broker, response.throttleMs());
      producerId = response.producerId();
      epoch = response.producerEpoch();
      return Errors.forCode(response.error());
    }

    @Override
    protected void done() {
      parts.hanging().ended(transactionalId());
      then.accept(new Identity(transactionalId(), generation, producerId, epoch));
    }

    @Override
    protected boolean onConcurrentTransactions() {
      boolean hanging = parts.hanging().report(transactionalId());
      if (hanging) {
        stuck.run();
      }
      return !hanging;
    }

    /** Retries: one more epoch does no harm. */
    @Override
    protected void lost(String why, Runnable retry) {
      retry.run();
    }
  }
}
