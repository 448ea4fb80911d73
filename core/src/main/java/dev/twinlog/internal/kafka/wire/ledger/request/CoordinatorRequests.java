package dev.twinlog.internal.kafka.wire.ledger.request;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;

/** Sends requests of one API to the coordinators of transactional ids, one id per request. */
public final class CoordinatorRequests extends RequestBatcher<CoordinatorRequests.Call> {
  /**
   * The coordinator handles one request after the other; the next ones should have arrived by then.
   */
  private static final int MOST_IN_FLIGHT = 5;

  private final Coordinators coordinators;
  private final KafkaErrors errors;
  private long addressChanges;

  /** A request to the coordinator of a transactional id. */
  public abstract static class Call extends PendingRequest {
    private final String transactionalId;

    public Call(RecoveryTask task, String transactionalId) {
      super(task);
      this.transactionalId = transactionalId;
    }

    public final String transactionalId() {
      return transactionalId;
    }

    protected abstract MessageWriter body();

    /** Reads the response, and throttles the broker if it returned a throttle time. */
    protected abstract Errors read(MessageReader in, Broker broker);

    /** Called when the coordinator returned no error. */
    protected abstract void done();

    /**
     * Called on CONCURRENT_TRANSACTIONS.
     *
     * @return whether to retry; if not, the call itself has taken the next step
     */
    protected boolean onConcurrentTransactions() {
      return true;
    }

    /** Called when there is no response and the outcome is unknown; {@code retry} retries. */
    protected abstract void lost(String why, Runnable retry);
  }

  public CoordinatorRequests(
      Cluster cluster, Timers timers, KafkaErrors errors, Coordinators coordinators, Api api) {
    super(cluster, timers, api, MOST_IN_FLIGHT);
    this.coordinators = coordinators;
    this.errors = errors;
  }

  public void submit(Call call) {
    call.waitsSince(timers().now());
    place(call);
  }

  @Override
  void place(Call call) {
    coordinators
        .known(call.transactionalId())
        .ifPresentOrElse(
            broker -> enqueue(broker, call, false),
            () ->
                coordinators.find(
                    call.transactionalId(), call, broker -> enqueue(broker, call, false)));
  }

  /** No request stays in the queue of an address that its broker doesn't have any more. */
  @Override
  public void send() {
    if (coordinators.addressChanges() != addressChanges) {
      addressChanges = coordinators.addressChanges();
      placeAgain();
    }
    super.send();
  }

  @Override
  List<Call> pick(Broker broker, Deque<Call> waiting) {
    List<Call> picked = new ArrayList<>(1);
    while (picked.isEmpty() && !waiting.isEmpty()) {
      Call call = waiting.removeFirst();
      if (call.isWanted()) {
        picked.add(call);
      }
    }
    return picked;
  }

  @Override
  MessageWriter body(List<Call> batch) {
    return batch.get(0).body();
  }

  @Override
  void answered(Broker broker, List<Call> batch, MessageReader in) {
    Call call = batch.get(0);
    Errors error = call.read(in, broker);
    if (!call.isWanted()) {
      return;
    }
    String why = "%s returned %s for %s".formatted(broker, error, call.transactionalId());
    switch (error) {
      case NONE -> {
        call.task().progressed();
        call.done();
      }
      case NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE -> {
        coordinators.forget(call.transactionalId());
        call.task().retry(why, () -> submit(call));
      }
      case CONCURRENT_TRANSACTIONS -> {
        if (call.onConcurrentTransactions()) {
          call.task().retry(why, () -> submit(call));
        }
      }
      case PRODUCER_FENCED,
          INVALID_PRODUCER_EPOCH,
          INVALID_PRODUCER_ID_MAPPING,
          INVALID_TXN_STATE ->
          call.task().onFenced(error, why);
      case TOPIC_AUTHORIZATION_FAILED ->
          call.task()
              .fail(
                  errors.topic(
                      "open " + call.task().route(),
                      "WRITE on Topic " + call.partition().topic(),
                      error.exception()));
      default -> {
        if (error.exception() instanceof RetriableException
            || error == Errors.UNKNOWN_SERVER_ERROR) {
          call.task().retry(why, () -> submit(call));
        } else {
          call.task()
              .fail(
                  errors.writing(
                      "use transactional id " + call.transactionalId(),
                      coordinators.permission(),
                      error.exception()));
        }
      }
    }
  }

  @Override
  void unanswered(Call call) {
    coordinators.forget(call.transactionalId());
  }

  @Override
  void lost(Call call, KafkaException cause) {
    call.lost(
        String.valueOf(cause.getMessage()),
        () -> call.task().retry(String.valueOf(cause.getMessage()), () -> submit(call)));
  }
}
