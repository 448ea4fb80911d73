package dev.twinlog.internal.kafka.wire.ledger;

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

/** Where those wait who ask the coordinator of their transactional id for one thing. */
final class CoordinatorRequests extends RequestBatcher<CoordinatorRequests.Call> {
  /** The coordinator does one after the other; the next ones should lie there already. */
  private static final int MOST_IN_FLIGHT = 5;

  private final Coordinators coordinators;
  private final KafkaErrors errors;
  private long moves;

  /** Something that a coordinator is to do. */
  abstract static class Call extends PendingRequest {
    private final String transactionalId;

    Call(RecoveryTask task, String transactionalId) {
      super(task);
      this.transactionalId = transactionalId;
    }

    final String transactionalId() {
      return transactionalId;
    }

    abstract MessageWriter body();

    /** Reads the answer, and throttles the broker if it asks for that. */
    abstract Errors read(MessageReader in, Broker broker);

    /** It was done. */
    abstract void done();

    /**
     * Something of the id is still going on there.
     *
     * @return whether to ask again; if not, the call has seen to what comes next
     */
    boolean held() {
      return true;
    }

    /** Whether it was done is not known; {@code again} asks once more. */
    abstract void lost(String why, Runnable again);
  }

  CoordinatorRequests(
      Cluster cluster, Timers timers, KafkaErrors errors, Coordinators coordinators, Api api) {
    super(cluster, timers, api, MOST_IN_FLIGHT);
    this.coordinators = coordinators;
    this.errors = errors;
  }

  void ask(Call call) {
    call.waitsSince(timers().now());
    place(call);
  }

  @Override
  void place(Call call) {
    coordinators
        .known(call.transactionalId())
        .ifPresentOrElse(
            broker -> line(broker, call, false),
            () ->
                coordinators.find(
                    call.transactionalId(), call, broker -> line(broker, call, false)));
  }

  /** Nobody stays in the line of an address that a broker has left. */
  @Override
  void send() {
    if (coordinators.moves() != moves) {
      moves = coordinators.moves();
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
  MessageWriter body(List<Call> asked) {
    return asked.get(0).body();
  }

  @Override
  void answered(Broker broker, List<Call> asked, MessageReader in) {
    Call call = asked.get(0);
    Errors error = call.read(in, broker);
    if (!call.isWanted()) {
      return;
    }
    String why = "%s said %s about %s".formatted(broker, error, call.transactionalId());
    switch (error) {
      case NONE -> {
        call.task().moved();
        call.done();
      }
      case NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE -> {
        coordinators.forget(call.transactionalId());
        call.task().again(why, () -> ask(call));
      }
      case CONCURRENT_TRANSACTIONS -> {
        if (call.held()) {
          call.task().again(why, () -> ask(call));
        }
      }
      case PRODUCER_FENCED,
          INVALID_PRODUCER_EPOCH,
          INVALID_PRODUCER_ID_MAPPING,
          INVALID_TXN_STATE ->
          call.task().taken(error, why);
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
          call.task().again(why, () -> ask(call));
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
        () -> call.task().again(String.valueOf(cause.getMessage()), () -> ask(call)));
  }
}
