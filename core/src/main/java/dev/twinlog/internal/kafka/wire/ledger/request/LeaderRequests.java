package dev.twinlog.internal.kafka.wire.ledger.request;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.internal.kafka.wire.net.Leader;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** Sends requests of one API to the leaders of target partitions. */
abstract class LeaderRequests<Q extends LeaderRequests.ToLeader> extends RequestBatcher<Q> {
  private final KafkaErrors errors;
  private List<Q> leaderless = new ArrayList<>();
  private long version = -1;

  /** A request to the leader of the task's target partition. */
  static class ToLeader extends PendingRequest {
    private @Nullable Leader leader;

    ToLeader(RecoveryTask task) {
      super(task);
    }

    /** The leader that the request was sent to. */
    final Leader leader() {
      Leader sentTo = leader;
      if (sentTo == null) {
        throw new IllegalStateException("not sent yet");
      }
      return sentTo;
    }
  }

  LeaderRequests(Cluster cluster, Timers timers, KafkaErrors errors, Api api, int mostInFlight) {
    super(cluster, timers, api, mostInFlight);
    this.errors = errors;
  }

  /** Sends the request as soon as the leader is known and ready. */
  public final void submit(Q request) {
    request.waitsSince(timers().now());
    place(request);
  }

  @Override
  final void place(Q request) {
    Optional<Leader> leader = cluster().leader(request.partition());
    if (leader.isPresent()) {
      enqueue(leader.get().broker(), request, false);
      return;
    }
    Optional<ApiException> denied =
        cluster()
            .error(request.partition().topic())
            .filter(TopicAuthorizationException.class::isInstance);
    if (denied.isPresent()) {
      String topic = request.partition().topic();
      request
          .task()
          .fail(
              errors.topic("describe topic " + topic, "DESCRIBE on Topic " + topic, denied.get()));
    } else {
      leaderless.add(request);
    }
  }

  @Override
  public final void send() {
    if (cluster().version() != version) {
      version = cluster().version();
      placeAgain();
      List<Q> all = leaderless;
      leaderless = new ArrayList<>();
      for (Q request : all) {
        if (request.isWanted()) {
          place(request);
        }
      }
    }
    super.send();
  }

  /** Whether a request can't be combined with those that were picked. */
  abstract boolean mustWait(Q request, List<Q> picked);

  /** Whether the request may be sent to this leader. */
  boolean mayAsk(Q request, Leader leader) {
    return true;
  }

  abstract int mostAtOnce();

  @Override
  final List<Q> pick(Broker broker, Deque<Q> waiting) {
    List<Q> picked = new ArrayList<>();
    List<Q> rest = new ArrayList<>();
    while (!waiting.isEmpty() && picked.size() < mostAtOnce()) {
      Q request = waiting.removeFirst();
      Leader leader = cluster().leader(request.partition()).orElse(null);
      if (!request.isWanted()) {
        continue;
      }
      if (leader == null || !leader.broker().equals(broker)) {
        place(request);
      } else if (mustWait(request, picked)) {
        rest.add(request);
      } else if (mayAsk(request, leader)) {
        ((ToLeader) request).leader = leader;
        picked.add(request);
      }
    }
    for (int i = rest.size() - 1; i >= 0; i--) {
      waiting.addFirst(rest.get(i));
    }
    return picked;
  }

  @Override
  public final void watch() {
    super.watch();
    long now = timers().now();
    for (Q request : List.copyOf(leaderless)) {
      if (request.isWanted() && now - request.waitsSince() > RecoveryTask.PATIENCE_NANOS) {
        request.task().giveUp(request.partition() + " has no leader");
      }
    }
    leaderless.removeIf(request -> !request.isWanted());
  }

  /** Handles an error of the leader: retries if it is retriable, else fails the task. */
  final void refused(Q request, Errors error, String doing, String permission) {
    if (error.exception() instanceof RetriableException
        || error == Errors.UNKNOWN_SERVER_ERROR
        || error == Errors.UNKNOWN_LEADER_EPOCH
        || error == Errors.FENCED_LEADER_EPOCH) {
      cluster().refresh();
      retry(request, "%s returned %s".formatted(request.leader().broker(), error));
    } else {
      request
          .task()
          .fail(
              errors.topic(
                  doing + " " + request.partition(),
                  permission + " on Topic " + request.partition().topic(),
                  error.exception()));
    }
  }

  private void retry(Q request, String why) {
    request.task().retry(why, () -> submit(request));
  }

  @Override
  final void lost(Q request, KafkaException cause) {
    retry(request, String.valueOf(cause.getMessage()));
  }
}
