package dev.twinlog.internal.kafka.wire.ledger.request;

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
 * Finds and caches the transaction coordinators of transactional ids, many of them with one
 * request. Confined to the ledger's thread.
 */
public final class Coordinators {
  private static final int MOST_AT_ONCE = 500;

  private final Cluster cluster;
  private final Timers timers;
  private final KafkaErrors errors;
  private final String permission;
  private final Map<String, Broker> known = new HashMap<>();
  private final Map<Integer, Broker> addresses = new HashMap<>();
  private final Map<String, List<Lookup>> lookups = new LinkedHashMap<>();
  private final Set<String> inFlight = new HashSet<>();
  private long addressChanges;

  private record Lookup(PendingRequest request, Consumer<Broker> then, long sinceNanos) {}

  public Coordinators(Cluster cluster, Timers timers, KafkaErrors errors, String link) {
    this.cluster = cluster;
    this.timers = timers;
    this.errors = errors;
    this.permission =
        "WRITE and DESCRIBE on TransactionalId twinlog." + link + ". (pattern type PREFIXED)";
  }

  /** The permission that the link needs for its transactional ids, for messages. */
  String permission() {
    return permission;
  }

  Optional<Broker> known(String transactionalId) {
    return Optional.ofNullable(known.get(transactionalId));
  }

  /** Forgets the coordinator of an id, which may have moved. */
  public void forget(String transactionalId) {
    known.remove(transactionalId);
  }

  /** Grows when a broker was found at another address: no request may be sent to the former one. */
  long addressChanges() {
    return addressChanges;
  }

  /** A broker has one connection, which a request to the former address would close. */
  private void noteAddress(Broker broker) {
    Broker former = addresses.put(broker.id(), broker);
    if (former != null && !former.equals(broker)) {
      known.values().removeIf(former::equals);
      addressChanges++;
    }
  }

  /** Looks up the coordinator of an id. */
  void find(String transactionalId, PendingRequest request, Consumer<Broker> then) {
    lookups
        .computeIfAbsent(transactionalId, id -> new ArrayList<>(1))
        .add(new Lookup(request, then, timers.now()));
  }

  public void send() {
    if (inFlight.isEmpty() && !lookups.isEmpty()) {
      cluster.anyReady().ifPresent(this::ask);
    }
  }

  private void ask(Broker broker) {
    short version = cluster.version(broker, Api.FIND_COORDINATOR);
    Iterator<String> ids = lookups.keySet().iterator();
    while (ids.hasNext() && inFlight.size() < MOST_AT_ONCE) {
      inFlight.add(ids.next());
    }
    List<String> keys = lookups.keySet().stream().limit(inFlight.size()).toList();
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
      FindCoordinator response = FindCoordinator.read(new MessageReader(received.payload()));
      cluster.throttle(broker, response.throttleMs());
      response.coordinators().forEach(Coordinators.this::take);
      retryInFlight(broker + " did not return its coordinator");
    }

    @Override
    public void lost(KafkaException cause) {
      retryInFlight(String.valueOf(cause.getMessage()));
    }
  }

  private void take(FindCoordinator.Coordinator found) {
    String id = found.key();
    Errors error = Errors.forCode(found.error());
    if (error == Errors.NONE) {
      Broker broker = new Broker(found.broker(), found.host(), found.port());
      noteAddress(broker);
      known.put(id, broker);
      for (Lookup lookup : removeLookups(id)) {
        if (lookup.request().isWanted()) {
          lookup.then().accept(broker);
        }
      }
    } else if (error == Errors.COORDINATOR_NOT_AVAILABLE
        || error == Errors.COORDINATOR_LOAD_IN_PROGRESS) {
      retry(id, "it has no coordinator yet (%s)".formatted(error));
    } else {
      for (Lookup lookup : removeLookups(id)) {
        if (lookup.request().isWanted()) {
          lookup
              .request()
              .task()
              .fail(errors.writing("find the coordinator of " + id, permission, error.exception()));
        }
      }
    }
  }

  private List<Lookup> removeLookups(String id) {
    inFlight.remove(id);
    List<Lookup> taken = lookups.remove(id);
    return taken == null ? List.of() : taken;
  }

  private void retryInFlight(String why) {
    for (String id : List.copyOf(inFlight)) {
      retry(id, why);
    }
  }

  private void retry(String id, String why) {
    for (Lookup lookup : removeLookups(id)) {
      if (lookup.request().isWanted()) {
        lookup.request().task().retry(why, () -> find(id, lookup.request(), lookup.then()));
      }
    }
  }

  /** Gives up lookups that wait because no broker is ready. */
  public void watch() {
    long now = timers.now();
    for (List<Lookup> some : List.copyOf(lookups.values())) {
      for (Lookup lookup : List.copyOf(some)) {
        if (lookup.request().isWanted()
            && now - lookup.sinceNanos() > RecoveryTask.PATIENCE_NANOS) {
          lookup.request().task().giveUp("no broker of " + errors.alias() + " is connected");
        }
      }
    }
  }
}
