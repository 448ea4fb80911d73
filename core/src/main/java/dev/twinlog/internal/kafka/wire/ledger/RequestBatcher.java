package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.internal.kafka.wire.net.Received;
import dev.twinlog.internal.kafka.wire.net.Request;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.KafkaException;

/**
 * Where questions of one kind wait for brokers, in a line for each. One request takes as many of
 * them as it can hold, and a few requests are under way to a broker at a time: it does one after
 * the other, but need not wait for the next one. A broker that has fallen silent holds up its own
 * line only, and those who stand there no longer than a job's patience. Confined to the ledger's
 * thread.
 */
abstract class RequestBatcher<Q extends PendingRequest> {
  private final Cluster cluster;
  private final Timers timers;
  private final Api api;
  private final int mostInFlight;
  private final Map<Broker, BrokerQueue<Q>> lines = new LinkedHashMap<>();

  RequestBatcher(Cluster cluster, Timers timers, Api api, int mostInFlight) {
    this.cluster = cluster;
    this.timers = timers;
    this.api = api;
    this.mostInFlight = mostInFlight;
  }

  private static final class BrokerQueue<Q> {
    final Deque<Q> waiting = new ArrayDeque<>();
    final Deque<List<Q>> sent = new ArrayDeque<>();
    long heardNanos;
  }

  final Cluster cluster() {
    return cluster;
  }

  final Timers timers() {
    return timers;
  }

  /** Finds the line for a question, or lets it wait until there is one. */
  abstract void place(Q request);

  /**
   * Takes what the next request asks out of those who wait; none if nothing is left to be asked.
   */
  abstract List<Q> pick(Broker broker, Deque<Q> waiting);

  abstract MessageWriter body(List<Q> asked);

  /** Tells every one of those who asked, or asks again for it. */
  abstract void answered(Broker broker, List<Q> asked, MessageReader in);

  /** Nobody knows whether the broker did it. */
  abstract void lost(Q request, KafkaException cause);

  /** The broker that a question waits for says nothing: it may be gone, or no longer concerned. */
  void unanswered(Q request) {}

  /** Into the line of a broker. */
  final void line(Broker broker, Q request, boolean first) {
    BrokerQueue<Q> line = lines.computeIfAbsent(broker, key -> new BrokerQueue<>());
    if (line.waiting.isEmpty() && line.sent.isEmpty()) {
      line.heardNanos = timers.now();
    }
    request.waitsSince(timers.now());
    if (first) {
      line.waiting.addFirst(request);
    } else {
      line.waiting.addLast(request);
    }
  }

  /** Places all anew that wait in lines. */
  final void placeAgain() {
    // placing may open a new line
    for (BrokerQueue<Q> line : List.copyOf(lines.values())) {
      List<Q> all = List.copyOf(line.waiting);
      line.waiting.clear();
      for (Q request : all) {
        if (request.isWanted()) {
          long since = request.waitsSince();
          place(request);
          request.waitsSince(since);
        }
      }
    }
  }

  /** Sends what brokers take now. */
  void send() {
    lines.forEach(this::send);
  }

  private void send(Broker broker, BrokerQueue<Q> line) {
    while (!line.waiting.isEmpty() && line.sent.size() < mostInFlight && cluster.ready(broker)) {
      short version = cluster.version(broker, api);
      List<Q> next = pick(broker, line.waiting);
      if (!next.isEmpty()) {
        line.sent.addLast(next);
        cluster.send(
            broker, new Request(api, version, body(next), new ResponseHandler(broker, line, next)));
      }
    }
  }

  private final class ResponseHandler implements Request.ResponseHandler {
    private final Broker broker;
    private final BrokerQueue<Q> line;
    private final List<Q> asked;

    ResponseHandler(Broker broker, BrokerQueue<Q> line, List<Q> asked) {
      this.broker = broker;
      this.line = line;
      this.asked = asked;
    }

    @Override
    public void answered(Received received) {
      line.heardNanos = timers.now();
      RequestBatcher.this.answered(broker, asked, new MessageReader(received.payload()));
      line.sent.remove(asked);
    }

    @Override
    public void lost(KafkaException cause) {
      line.sent.remove(asked);
      for (Q request : asked) {
        unanswered(request);
        if (request.isWanted()) {
          RequestBatcher.this.lost(request, cause);
        }
      }
    }
  }

  /** Gives up for those who wait for a broker that says nothing. */
  void watch() {
    lines.forEach(
        (broker, line) -> {
          giveUpSilent(broker, line, line.waiting);
          line.sent.forEach(asked -> giveUpSilent(broker, line, asked));
          line.waiting.removeIf(request -> !request.isWanted());
        });
  }

  private void giveUpSilent(Broker broker, BrokerQueue<Q> line, Iterable<Q> requests) {
    long now = timers.now();
    long throttled = cluster.throttledNanos(broker);
    if (throttled > 0) {
      line.heardNanos = now + throttled; // it has said when it will answer
    }
    if (now - line.heardNanos <= RecoveryTask.PATIENCE_NANOS) {
      return;
    }
    for (Q request : requests) {
      if (request.isWanted() && now - request.waitsSince() > RecoveryTask.PATIENCE_NANOS) {
        unanswered(request);
        request.task().giveUp(broker + " does not answer");
      }
    }
  }
}
