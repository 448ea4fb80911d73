package dev.twinlog.testkit.simulator.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Kafka's transaction coordinator, one for all ids: {@code TransactionCoordinator}, {@code
 * TransactionMetadata} and {@code TransactionMarkerChannelManager}. Its state, which Kafka keeps in
 * {@code __transaction_state}, survives all faults.
 *
 * <p>The end of a transaction is answered when it is stored; the markers follow later and are
 * retried until each partition has one. Until then the id answers {@code CONCURRENT_TRANSACTIONS}.
 * If a partition refuses the marker because it knows a greater epoch, the id stays so permanently.
 */
final class ModelCoordinator {
  /** The last epoch of a producer id: the next initialization assigns another id. */
  static final short LAST_EPOCH = Short.MAX_VALUE - 1;

  private enum State {
    EMPTY,
    ONGOING,
    PREPARED,
    COMPLETE
  }

  /** A transactional id and its state. */
  private static final class Transaction {
    private long producerId;
    private short epoch = -1;
    private State state = State.EMPTY;
    private boolean commit;
    private int timeoutMs;
    private boolean pending;
    private long startedMs;
    private long changedMs;
    private final Set<TopicPartition> partitions = new LinkedHashSet<>();
  }

  private final ModelWorld world;
  private final Function<TopicPartition, Optional<ModelPartition>> partitions;
  private final long idExpirationMs;
  private final Map<String, Transaction> ids = new LinkedHashMap<>();
  private Function<String, Short> firstEpoch = id -> (short) 0;
  private long nextProducerId;
  private int coordinatorEpoch;
  private boolean loading;

  ModelCoordinator(
      ModelWorld world,
      long idExpirationMs,
      Function<TopicPartition, Optional<ModelPartition>> partitions) {
    this.world = world;
    this.idExpirationMs = idExpirationMs;
    this.partitions = partitions;
    this.nextProducerId = 1_000L + world.random().nextInt(1_000);
    world.agenda().after(checkNanos(), this::check);
  }

  /** Sets the first epoch of new producer ids: 0 in Kafka, or near the last epoch here. */
  void firstEpoch(Function<String, Short> byId) {
    firstEpoch = byId;
  }

  /** Uses up the epochs of each id, as repeated initializations without writes do. */
  void useUpEpochs() {
    for (Transaction one : ids.values()) {
      if (!one.pending && (one.state == State.EMPTY || one.state == State.COMPLETE)) {
        one.epoch = LAST_EPOCH;
      }
    }
  }

  private long checkNanos() {
    return Math.min(idExpirationMs / 4, 10_000) * 1_000_000;
  }

  /** Aborts transactions past their timeout, and expires transactional ids that are not used. */
  private void check() {
    long now = world.agenda().wallMs();
    for (Transaction one : List.copyOf(ids.values())) {
      if (one.state == State.ONGOING && !one.pending && now - one.startedMs >= one.timeoutMs) {
        abortAndFence(one, error -> {});
      }
    }
    ids.values()
        .removeIf(
            one ->
                (one.state == State.EMPTY || one.state == State.COMPLETE)
                    && !one.pending
                    && now - one.changedMs >= idExpirationMs);
    world.agenda().after(checkNanos(), this::check);
  }

  /** Moves to another broker, which loads its state for a while. */
  void move(long loadNanos) {
    coordinatorEpoch++;
    loading = true;
    int epoch = coordinatorEpoch;
    world
        .agenda()
        .after(
            loadNanos,
            () -> {
              if (epoch == coordinatorEpoch) {
                loaded();
              }
            });
  }

  private void loaded() {
    loading = false;
    for (Transaction one : ids.values()) {
      one.pending = false;
      if (one.state == State.PREPARED) {
        sendMarkers(one);
      }
    }
  }

  boolean isLoading() {
    return loading;
  }

  long newProducerId() {
    return nextProducerId++;
  }

  // Requests.

  /**
   * Handles InitProducerId: assigns a new epoch or id, and ends an open transaction of the former
   * one.
   */
  void init(String id, int timeoutMs, Initialized done) {
    if (loading) {
      done.answer(Errors.COORDINATOR_LOAD_IN_PROGRESS, -1, (short) -1);
      return;
    }
    Transaction one = ids.computeIfAbsent(id, this::fresh);
    if (one.pending || one.state == State.PREPARED) {
      done.answer(Errors.CONCURRENT_TRANSACTIONS, -1, (short) -1);
    } else if (one.state == State.ONGOING) {
      abortAndFence(
          one,
          error ->
              done.answer(
                  error == Errors.NONE ? Errors.CONCURRENT_TRANSACTIONS : error, -1, (short) -1));
    } else {
      long producerId = one.epoch >= LAST_EPOCH ? newProducerId() : one.producerId;
      short epoch = one.epoch >= LAST_EPOCH ? 0 : (short) (one.epoch + 1);
      write(
          one,
          () -> {
            one.producerId = producerId;
            one.epoch = epoch;
            one.state = State.EMPTY;
            one.timeoutMs = timeoutMs;
            one.partitions.clear();
          },
          error -> done.answer(error, producerId, epoch));
    }
  }

  private Transaction fresh(String id) {
    Transaction fresh = new Transaction();
    fresh.producerId = newProducerId();
    fresh.epoch = (short) (firstEpoch.apply(id) - 1);
    fresh.changedMs = world.agenda().wallMs();
    return fresh;
  }

  /** Adds partitions to a transaction, which it begins if necessary. */
  void add(
      String id, long producerId, short epoch, Set<TopicPartition> added, Consumer<Errors> done) {
    Transaction one = ids.get(id);
    Errors problem = problem(one, producerId, epoch);
    if (one == null || problem != Errors.NONE) {
      done.accept(problem);
    } else if (one.state == State.ONGOING && one.partitions.containsAll(added)) {
      done.accept(Errors.NONE);
    } else {
      write(
          one,
          () -> {
            if (one.state != State.ONGOING) {
              one.startedMs = world.agenda().wallMs();
            }
            one.state = State.ONGOING;
            one.partitions.addAll(added);
          },
          done);
    }
  }

  private Errors problem(@Nullable Transaction one, long producerId, short epoch) {
    if (loading) {
      return Errors.COORDINATOR_LOAD_IN_PROGRESS;
    } else if (one == null) {
      return Errors.INVALID_PRODUCER_ID_MAPPING;
    } else if (one.pending) {
      return Errors.CONCURRENT_TRANSACTIONS;
    } else if (one.producerId != producerId) {
      return Errors.INVALID_PRODUCER_ID_MAPPING;
    } else if (one.epoch != epoch) {
      return Errors.PRODUCER_FENCED;
    }
    return one.state == State.PREPARED ? Errors.CONCURRENT_TRANSACTIONS : Errors.NONE;
  }

  /** Ends a transaction, as EndTxn does up to version 4: the producer epoch stays the same. */
  void end(String id, long producerId, short epoch, boolean commit, Consumer<Errors> done) {
    Transaction one = ids.get(id);
    Errors problem = problem(one, producerId, epoch);
    boolean waits = one != null && !one.pending && one.state == State.PREPARED;
    if (one == null || (problem != Errors.NONE && !waits)) {
      done.accept(problem);
    } else if (waits) {
      boolean other = problem == Errors.CONCURRENT_TRANSACTIONS && one.commit != commit;
      done.accept(other ? Errors.INVALID_TXN_STATE : problem);
    } else if (one.state == State.COMPLETE) {
      done.accept(one.commit == commit ? Errors.NONE : Errors.INVALID_TXN_STATE);
    } else if (one.state == State.EMPTY) {
      done.accept(Errors.INVALID_TXN_STATE);
    } else {
      write(
          one,
          () -> {
            one.state = State.PREPARED;
            one.commit = commit;
          },
          error -> {
            done.accept(error);
            if (error == Errors.NONE) {
              sendMarkers(one);
            }
          });
    }
  }

  /**
   * Aborts as since KIP-890: the marker has an epoch of its own, one above that of the fenced
   * producer.
   */
  private void abortAndFence(Transaction one, Consumer<Errors> done) {
    write(
        one,
        () -> {
          one.epoch++;
          one.state = State.PREPARED;
          one.commit = false;
        },
        error -> {
          done.accept(error);
          if (error == Errors.NONE) {
            sendMarkers(one);
          }
        });
  }

  /** Stores a decision, which takes a while and is undone if the coordinator moves. */
  private void write(Transaction one, Runnable change, Consumer<Errors> done) {
    int epoch = coordinatorEpoch;
    one.pending = true;
    world
        .agenda()
        .after(
            world.times().draw(world.random(), world.times().coordinator()),
            () -> {
              if (epoch != coordinatorEpoch) {
                done.accept(Errors.NOT_COORDINATOR);
                return;
              }
              one.pending = false;
              one.changedMs = world.agenda().wallMs();
              change.run();
              done.accept(Errors.NONE);
            });
  }

  // Markers.

  private void sendMarkers(Transaction one) {
    ModelBatch.Marker marker =
        new ModelBatch.Marker(one.producerId, one.epoch, one.commit, coordinatorEpoch);
    Set<TopicPartition> left = new HashSet<>(one.partitions);
    if (left.isEmpty()) {
      complete(one, marker);
    }
    for (TopicPartition partition : one.partitions) {
      sendLater(
          partition,
          marker,
          () -> {
            left.remove(partition);
            if (left.isEmpty()) {
              complete(one, marker);
            }
          });
    }
  }

  private void complete(Transaction one, ModelBatch.Marker marker) {
    boolean same = one.producerId == marker.producerId() && one.epoch == marker.epoch();
    if (same && one.state == State.PREPARED && coordinatorEpoch == marker.coordinatorEpoch()) {
      one.state = State.COMPLETE;
      one.partitions.clear();
    }
  }

  private void sendLater(TopicPartition partition, ModelBatch.Marker marker, Runnable written) {
    long nanos = world.times().draw(world.random(), world.times().marker());
    world.agenda().after(nanos, () -> send(partition, marker, written));
  }

  private void send(TopicPartition name, ModelBatch.Marker marker, Runnable written) {
    if (marker.coordinatorEpoch() != coordinatorEpoch) {
      return; // the present coordinator sends it
    }
    ModelPartition partition = partitions.apply(name).orElse(null);
    if (partition == null) {
      written.run(); // deleted, as it seems
      return;
    }
    if (partition.leader() == ModelPartition.NO_LEADER) {
      retry(name, marker, written);
      return;
    }
    ModelPartition.Appended appended = partition.append(marker);
    if (appended.error() == Errors.NONE) {
      partition.whenReplicated(
          appended.next(),
          error -> {
            // an answer may be lost: then the partition gets the marker again
            boolean lost = world.times().isUnsteady() && world.random().nextInt(10) == 0;
            if (error == Errors.NONE && !lost) {
              written.run();
            } else {
              retry(name, marker, written);
            }
          });
    } else if (appended.error() == Errors.NOT_ENOUGH_REPLICAS) {
      retry(name, marker, written);
    }
    // a greater epoch is known there: the transaction stays as it is, permanently
  }

  private void retry(TopicPartition name, ModelBatch.Marker marker, Runnable written) {
    world.agenda().after(100_000_000, () -> sendLater(name, marker, written));
  }

  /** Receives the result of an initialization. */
  interface Initialized {
    void answer(Errors error, long producerId, short epoch);
  }

  /** The state of all ids, for traces. */
  List<String> describe() {
    List<String> all = new ArrayList<>();
    BiConsumer<String, Transaction> add =
        (id, one) ->
            all.add(
                "%s: producer %d epoch %d %s".formatted(id, one.producerId, one.epoch, one.state));
    ids.forEach(add);
    return all;
  }
}
