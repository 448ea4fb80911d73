package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.FindCoordinator;
import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.internal.kafka.wire.net.Received;
import dev.twinlog.internal.kafka.wire.net.Request;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.protocol.Errors;

/**
 * Which brokers coordinate the transactional ids of routes; asked for many ids at once. Confined to
 * the ledger's thread.
 */
final class Coordinators {
  private static final int MOST_AT_ONCE = 500;

  private final Cluster cluster;
  private final Timers timers;
  private final KafkaErrors errors;
  private final String permission;
  private final Map<String, Broker> known = new HashMap<>();
  private final Map<Integer, Broker> addresses = new HashMap<>();
  private final Map<String, List<Wish>> wishes = new LinkedHashMap<>();
  private final Set<String> asked = new HashSet<>();
  private long moves;

  private record Wish(PendingRequest request, Consumer<Broker> then, long sinceNanos) {}

  Coordinators(Cluster cluster, Timers timers, KafkaErrors errors, String link) {
    this.cluster = cluster;
    this.timers = timers;
    this.errors = errors;
    this.permission =
        "WRITE and DESCRIBE on TransactionalId twinlog." + link + ". (pattern type PREFIXED)";
  }

  /** What to say of something that the link may not do with its ids. */
  String permission() {
    return permission;
  }

  Optional<Broker> known(String transactionalId) {
    return Optional.ofNullable(known.get(transactionalId));
  }

  /** It has another coordinator now. */
  void forget(String transactionalId) {
    known.remove(transactionalId);
  }

  /** Grows when a broker was found at another address: nobody must go to the former one. */
  long moves() {
    return moves;
  }

  /** A broker has one connection, and whoever asks for its former address closes it. */
  private void heardOf(Broker broker) {
    Broker former = addresses.put(broker.id(), broker);
    if (former != null && !former.equals(broker)) {
      known.values().removeIf(former::equals);
      moves++;
    }
  }

  /** Asks who coordinates an id. */
  void find(String transactionalId, PendingRequest request, Consumer<Broker> then) {
    wishes
        .computeIfAbsent(transactionalId, id -> new ArrayList<>(1))
        .add(new Wish(request, then, timers.now()));
  }

  void send() {
    if (asked.isEmpty() && !wishes.isEmpty()) {
      cluster.anyReady().ifPresent(this::ask);
    }
  }

  private void ask(Broker broker) {
    short version = cluster.version(broker, Api.FIND_COORDINATOR);
    Iterator<String> ids = wishes.keySet().iterator();
    while (ids.hasNext() && asked.size() < MOST_AT_ONCE) {
      asked.add(ids.next());
    }
    List<String> keys = wishes.keySet().stream().limit(asked.size()).toList();
    cluster.send(
        broker,
        new Request(
            Api.FIND_COORDINATOR,
            version,
            FindCoordinator.request(keys),
            new ResponseHandler(broker)));
  }

  private final class ResponseHandler implements Request.ResponseHandler {
    private final Broker broker;

    ResponseHandler(Broker broker) {
      this.broker = broker;
    }

    @Override
    public void answered(Received received) {
      FindCoordinator told = FindCoordinator.read(new MessageReader(received.payload()));
      cluster.throttle(broker, told.throttleMs());
      told.coordinators().forEach(Coordinators.this::take);
      retryAsked(broker + " did not say who coordinates it");
    }

    @Override
    public void lost(KafkaException cause) {
      retryAsked(String.valueOf(cause.getMessage()));
    }
  }

  private void take(FindCoordinator.Coordinator told) {
    String id = told.key();
    Errors error = Errors.forCode(told.error());
    if (error == Errors.NONE) {
      Broker broker = new Broker(told.broker(), told.host(), told.port());
      heardOf(broker);
      known.put(id, broker);
      for (Wish wish : taken(id)) {
        if (wish.request().isWanted()) {
          wish.then().accept(broker);
        }
      }
    } else if (error == Errors.COORDINATOR_NOT_AVAILABLE
        || error == Errors.COORDINATOR_LOAD_IN_PROGRESS) {
      retry(id, "it has no coordinator yet (%s)".formatted(error));
    } else {
      for (Wish wish : taken(id)) {
        if (wish.request().isWanted()) {
          wish.request()
              .task()
              .fail(errors.writing("find the coordinator of " + id, permission, error.exception()));
        }
      }
    }
  }

  private List<Wish> taken(String id) {
    asked.remove(id);
    List<Wish> taken = wishes.remove(id);
    return taken == null ? List.of() : taken;
  }

  private void retryAsked(String why) {
    for (String id : List.copyOf(asked)) {
      retry(id, why);
    }
  }

  private void retry(String id, String why) {
    for (Wish wish : taken(id)) {
      if (wish.request().isWanted()) {
        wish.request().task().again(why, () -> find(id, wish.request(), wish.then()));
      }
    }
  }

  /** Gives up for those who wait although no broker can be asked. */
  void watch() {
    long now = timers.now();
    for (List<Wish> some : List.copyOf(wishes.values())) {
      for (Wish wish : List.copyOf(some)) {
        if (wish.request().isWanted() && now - wish.sinceNanos() > RecoveryTask.PATIENCE_NANOS) {
          wish.request().task().giveUp("no broker of " + errors.alias() + " can be asked");
        }
      }
    }
  }
}
