package dev.twinlog.internal.kafka.wire.ledger;

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

/** Where those wait who ask the leader of their target partition. */
abstract class LeaderDesk<Q extends LeaderDesk.ToLeader> extends Desk<Q> {
  private final KafkaErrors errors;
  private List<Q> leaderless = new ArrayList<>();
  private long version = -1;

  /** A question to the leader of the job's target partition. */
  static class ToLeader extends Question {
    private @Nullable Leader leader;

    ToLeader(Job job) {
      super(job);
    }

    /** Who was asked. */
    final Leader leader() {
      Leader asked = leader;
      if (asked == null) {
        throw new IllegalStateException("not asked yet");
      }
      return asked;
    }
  }

  LeaderDesk(Cluster cluster, Timers timers, KafkaErrors errors, Api api, int mostInFlight) {
    super(cluster, timers, api, mostInFlight);
    this.errors = errors;
  }

  /** Asks, as soon as there is a leader to ask. */
  final void ask(Q question) {
    question.waitsSince(timers().now());
    place(question);
  }

  @Override
  final void place(Q question) {
    Optional<Leader> leader = cluster().leader(question.partition());
    if (leader.isPresent()) {
      line(leader.get().broker(), question, false);
      return;
    }
    Optional<ApiException> denied =
        cluster()
            .error(question.partition().topic())
            .filter(TopicAuthorizationException.class::isInstance);
    if (denied.isPresent()) {
      String topic = question.partition().topic();
      question
          .job()
          .fail(
              errors.topic("describe topic " + topic, "DESCRIBE on Topic " + topic, denied.get()));
    } else {
      leaderless.add(question);
    }
  }

  @Override
  final void send() {
    if (cluster().version() != version) {
      version = cluster().version();
      placeAgain();
      List<Q> all = leaderless;
      leaderless = new ArrayList<>();
      for (Q question : all) {
        if (question.isWanted()) {
          place(question);
        }
      }
    }
    super.send();
  }

  /** Whether a question can't be asked together with those that were picked. */
  abstract boolean mustWait(Q question, List<Q> picked);

  /** Whether it may be asked at all, now that the leader is known. */
  boolean mayAsk(Q question, Leader leader) {
    return true;
  }

  abstract int mostAtOnce();

  @Override
  final List<Q> pick(Broker broker, Deque<Q> waiting) {
    List<Q> picked = new ArrayList<>();
    List<Q> rest = new ArrayList<>();
    while (!waiting.isEmpty() && picked.size() < mostAtOnce()) {
      Q question = waiting.removeFirst();
      Leader leader = cluster().leader(question.partition()).orElse(null);
      if (!question.isWanted()) {
        continue;
      }
      if (leader == null || !leader.broker().equals(broker)) {
        place(question);
      } else if (mustWait(question, picked)) {
        rest.add(question);
      } else if (mayAsk(question, leader)) {
        ((ToLeader) question).leader = leader;
        picked.add(question);
      }
    }
    for (int i = rest.size() - 1; i >= 0; i--) {
      waiting.addFirst(rest.get(i));
    }
    return picked;
  }

  @Override
  final void watch() {
    super.watch();
    long now = timers().now();
    for (Q question : List.copyOf(leaderless)) {
      if (question.isWanted() && now - question.waitsSince() > Job.PATIENCE_NANOS) {
        question.job().giveUp(question.partition() + " has no leader");
      }
    }
    leaderless.removeIf(question -> !question.isWanted());
  }

  /** The leader did not do it: asks again, unless that would change nothing. */
  final void refused(Q question, Errors error, String doing, String permission) {
    if (error.exception() instanceof RetriableException
        || error == Errors.UNKNOWN_SERVER_ERROR
        || error == Errors.UNKNOWN_LEADER_EPOCH
        || error == Errors.FENCED_LEADER_EPOCH) {
      cluster().refresh();
      again(question, "%s said %s".formatted(question.leader().broker(), error));
    } else {
      question
          .job()
          .fail(
              errors.topic(
                  doing + " " + question.partition(),
                  permission + " on Topic " + question.partition().topic(),
                  error.exception()));
    }
  }

  private void again(Q question, String why) {
    question.job().again(why, () -> ask(question));
  }

  @Override
  final void lost(Q question, KafkaException cause) {
    again(question, String.valueOf(cause.getMessage()));
  }
}
