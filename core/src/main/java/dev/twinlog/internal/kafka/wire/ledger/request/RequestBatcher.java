package dev.twinlog.internal.kafka.wire.ledger.request;

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
 * Queues requests of one API per broker and sends many of them in one request. A few requests are
 * in flight to a broker at a time, so that it needn't wait for the next one. A broker that doesn't
 * respond delays its own queue only, and no request there longer than the patience of its task.
 * Confined to the ledger's thread.
 */
abstract class RequestBatcher<Q extends PendingRequest> {
  private final Cluster cluster;
  private final Timers timers;
  private final Api api;
  private final int mostInFlight;
  private final Map<Broker, BrokerQueue<Q>> queues = new LinkedHashMap<>();

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

  /** Adds a request to the queue of its broker, or keeps it until the broker is known. */
  abstract void place(Q request);

  /**
   * Removes the requests that are sent together next from those that wait; empty if none is left.
   */
  abstract List<Q> pick(Broker broker, Deque<Q> waiting);

  abstract MessageWriter body(List<Q> batch);

  /** Completes or retries each of the requests that were sent together. */
  abstract void answered(Broker broker, List<Q> batch, MessageReader in);

  /** There is no response: it is unknown whether the broker executed the request. */
  abstract void lost(Q request, KafkaException cause);

  /** The broker of a request does not respond: it may be down, or no longer responsible. */
  void unanswered(Q request) {}

  /** Adds a request to the queue of a broker. */
  final void enqueue(Broker broker, Q request, boolean first) {
    BrokerQueue<Q> queue = queues.computeIfAbsent(broker, key -> new BrokerQueue<>());
    if (queue.waiting.isEmpty() && queue.sent.isEmpty()) {
      queue.heardNanos = timers.now();
    }
    request.waitsSince(timers.now());
    if (first) {
      queue.waiting.addFirst(request);
    } else {
      queue.waiting.addLast(request);
    }
  }

  /** Places all waiting requests again. */
  final void placeAgain() {
    // placing may add a queue
    for (BrokerQueue<Q> queue : List.copyOf(queues.values())) {
      List<Q> all = List.copyOf(queue.waiting);
      queue.waiting.clear();
      for (Q request : all) {
        if (request.isWanted()) {
          long since = request.waitsSince();
          place(request);
          request.waitsSince(since);
        }
      }
    }
  }

  /** Sends what brokers accept now. */
  void send() {
    queues.forEach(this::send);
  }

  private void send(Broker broker, BrokerQueue<Q> queue) {
    while (!queue.waiting.isEmpty() && queue.sent.size() < mostInFlight && cluster.ready(broker)) {
      short version = cluster.version(broker, api);
      List<Q> next = pick(broker, queue.waiting);
      if (!next.isEmpty()) {
        queue.sent.addLast(next);
        cluster.send(
            broker,
            new Request(api, version, body(next), new ResponseHandler(broker, queue, next)));
      }
    }
  }

  private final class ResponseHandler implements Request.ResponseHandler {
    private final Broker broker;
    private final BrokerQueue<Q> queue;
    private final List<Q> batch;

    ResponseHandler(Broker broker, BrokerQueue<Q> queue, List<Q> batch) {
      this.broker = broker;
      this.queue = queue;
      this.batch = batch;
    }

    @Override
    public void answered(Received received) {
      queue.heardNanos = timers.now();
      RequestBatcher.this.answered(broker, batch, new MessageReader(received.payload()));
      queue.sent.remove(batch);
    }

    @Override
    public void lost(KafkaException cause) {
      queue.sent.remove(batch);
      for (Q request : batch) {
        unanswered(request);
        if (request.isWanted()) {
          RequestBatcher.this.lost(request, cause);
        }
      }
    }
  }

  /** Gives up requests that wait for a broker that does not respond. */
  public void watch() {
    queues.forEach(
        (broker, queue) -> {
          giveUpSilent(broker, queue, queue.waiting);
          queue.sent.forEach(batch -> giveUpSilent(broker, queue, batch));
          queue.waiting.removeIf(request -> !request.isWanted());
        });
  }

  private void giveUpSilent(Broker broker, BrokerQueue<Q> queue, Iterable<Q> requests) {
    long now = timers.now();
    long throttled = cluster.throttledNanos(broker);
    if (throttled > 0) {
      queue.heardNanos = now + throttled; // it responds after its throttle time
    }
    if (now - queue.heardNanos <= RecoveryTask.PATIENCE_NANOS) {
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
