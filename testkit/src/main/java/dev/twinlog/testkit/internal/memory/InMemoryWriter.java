package dev.twinlog.testkit.internal.memory;

import dev.twinlog.spi.BufferingSinkWriter;
import dev.twinlog.spi.FlushReason;
import dev.twinlog.spi.PartialWriteException;
import dev.twinlog.spi.RecordRefusedException;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteFencedException;
import dev.twinlog.spi.WriteAck;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Writes into an in-memory cluster. Its state is guarded by the cluster's lock; stages complete
 * outside of the lock, those of a route in the order of its writes.
 */
public final class InMemoryWriter implements BufferingSinkWriter {
  private static final class Pending {
    private final ReplicationBatch batch;
    private final CompletableFuture<WriteAck> stage = new CompletableFuture<>();
    private WriteFaults.@Nullable Fault fault;
    private @Nullable WriteAck appended;
    private long ackAtNanos;

    Pending(ReplicationBatch batch) {
      this.batch = batch;
    }
  }

  private static final class RouteState {
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private @Nullable Throwable failure;
  }

  private final SinkState sink;
  private final ClusterState cluster;
  private final boolean fenced;
  private final Map<Route, RouteState> routes = new LinkedHashMap<>();
  private boolean closed;

  /**
   * A writer of a sink.
   *
   * @param fenced whether it may write only what its sink recovered last
   */
  public InMemoryWriter(SinkState sink, ClusterState cluster, boolean fenced) {
    this.sink = sink;
    this.cluster = cluster;
    this.fenced = fenced;
  }

  @Override
  public void open(Route route) {
    cluster.change(
        () -> {
          RouteState state = routes.computeIfAbsent(route, any -> new RouteState());
          if (!state.pending.isEmpty()) {
            throw new IllegalStateException("writes of " + route + " are in flight");
          }
          state.failure = null;
        });
  }

  @Override
  public void abandon(Route route) {
    settle(done -> failAll(route, new RetriableException(route + " was abandoned"), done));
  }

  @Override
  public CompletionStage<WriteAck> write(Route route, ReplicationBatch batch) {
    Pending write = new Pending(batch);
    settle(
        done -> {
          RouteState state = routes.get(route);
          Throwable refused = refused(route, state);
          if (refused != null) {
            done.add(() -> write.stage.completeExceptionally(refused));
          } else if (state != null) {
            write.fault = sink.faults().count(route);
            state.pending.add(write);
            if (sink.acknowledging() == SinkState.Acknowledging.AT_ONCE) {
              appendAll(route, state, done);
            }
          }
        });
    return write.stage;
  }

  private @Nullable Throwable refused(Route route, @Nullable RouteState state) {
    if (closed) {
      return new RetriableException("the writer is closed");
    }
    if (state == null) {
      return new IllegalStateException(route + " was not opened");
    }
    if (state.failure != null) {
      return new RetriableException(
          "an earlier write of " + route + " failed; open the route again", state.failure);
    }
    return null;
  }

  @Override
  public void flush(FlushReason reason) {
    settle(
        done -> {
          if (sink.acknowledging() == SinkState.Acknowledging.ON_FLUSH) {
            routes.forEach((route, state) -> appendAll(route, state, done));
          }
        });
  }

  @Override
  public void close() {
    settle(
        done -> {
          closed = true;
          routes
              .keySet()
              .forEach(r -> failAll(r, new RetriableException("the writer closed"), done));
        });
    sink.writers().remove(this);
  }

  // Manual acknowledgements.

  public boolean landNext(Route route) {
    return settled(
        done -> {
          RouteState state = routes.get(route);
          Optional<Pending> next =
              state == null
                  ? Optional.empty()
                  : state.pending.stream().filter(write -> write.appended == null).findFirst();
          next.ifPresent(write -> appendOrFail(route, write, done));
          return next.isPresent();
        });
  }

  public boolean ackNext(Route route) {
    return settled(
        done -> {
          RouteState state = routes.get(route);
          if (state == null || state.pending.isEmpty()) {
            return false;
          }
          Pending next = state.pending.element();
          if (next.appended != null || appendOrFail(route, next, done)) {
            ack(state, next, done);
          }
          return true;
        });
  }

  public void ackAll() {
    for (Route route : cluster.read(() -> List.copyOf(routes.keySet()))) {
      while (ackNext(route)) {
        // one after the other, so that a failed write fails the later ones
      }
    }
  }

  public int pending() {
    return cluster.read(
        () -> routes.values().stream().mapToInt(state -> state.pending.size()).sum());
  }

  // Called under the lock; actions that complete stages are added to done.

  private void appendAll(Route route, RouteState state, List<Runnable> done) {
    long delay = sink.ackDelay().toNanos();
    for (Pending write : List.copyOf(state.pending)) {
      if (write.appended == null && !appendOrFail(route, write, done)) {
        break;
      }
      write.ackAtNanos = System.nanoTime() + delay;
    }
    if (delay == 0) {
      ackDue(state, done);
    } else {
      done.add(
          () ->
              CompletableFuture.delayedExecutor(delay, TimeUnit.NANOSECONDS)
                  .execute(() -> settle(later -> ackDue(state, later))));
    }
  }

  private void ackDue(RouteState state, List<Runnable> done) {
    long now = System.nanoTime();
    Pending head = state.pending.peek();
    while (head != null && head.appended != null && head.ackAtNanos - now <= 0) {
      ack(state, head, done);
      head = state.pending.peek();
    }
  }

  /** Appends a write, or fails it and all later ones. Returns whether it was appended. */
  private boolean appendOrFail(Route route, Pending write, List<Runnable> done) {
    ReplicationException cause = whyNot(route, write.batch);
    WriteFaults.Fault fault = write.fault;
    if (cause == null) {
      if (fault == null) {
        write.appended = append(route, write.batch.records());
      } else {
        cause = appendFaulty(route, write.batch.records(), fault);
      }
    }
    if (cause != null) {
      failFrom(route, write, cause, done);
    }
    return cause == null;
  }

  private @Nullable ReplicationException whyNot(Route route, ReplicationBatch batch) {
    if (cluster.isUnavailable()) {
      return new RetriableException(cluster + " is unavailable");
    }
    if (cluster.findLog(route.target()) == null) {
      return new RetriableException("target partition " + route.target() + " does not exist");
    }
    Object owner = cluster.owners().get(route);
    if (fenced && owner != null && owner != sink) {
      return new RouteFencedException("another instance recovered " + route + " and writes it now");
    }
    return sink.faults()
        .rejected(batch)
        .map(
            record ->
                new RecordRefusedException(
                    record.offset(),
                    "the target rejects the record of %s at offset %d"
                        .formatted(route.source(), record.offset())))
        .orElse(null);
  }

  /** Appends the records that a fault lets through; returns the exception for the write. */
  private ReplicationException appendFaulty(
      Route route, List<ReplicationRecord> records, WriteFaults.Fault fault) {
    int most = fault.reported() ? records.size() - 1 : records.size();
    int count = Math.min(fault.appended(), most);
    WriteAck appended = append(route, records.subList(0, count));
    return fault.reported() && count > 0
        ? new PartialWriteException(
            fault.cause(), count, records.get(count).offset(), appended.runs())
        : fault.cause();
  }

  private WriteAck append(Route route, List<ReplicationRecord> records) {
    Runs runs = new Runs();
    cluster.change(
        () -> {
          InMemoryLog log = cluster.findLog(route.target());
          for (ReplicationRecord record : records) {
            if (log != null) {
              runs.add(record.offset(), log.append(record, route));
            }
          }
        });
    return WriteAck.of(runs.toList());
  }

  private static void ack(RouteState state, Pending write, List<Runnable> done) {
    state.pending.remove(write);
    WriteAck ack = write.appended;
    done.add(() -> write.stage.complete(ack));
  }

  private void failAll(Route route, ReplicationException cause, List<Runnable> done) {
    failFrom(route, null, cause, done);
  }

  /**
   * Fails a write and all later ones, or all if {@code first} is null; earlier ones that were
   * appended are still acknowledged.
   */
  private void failFrom(
      Route route, @Nullable Pending first, ReplicationException cause, List<Runnable> done) {
    RouteState state = routes.get(route);
    if (state == null) {
      return;
    }
    ReplicationException behind =
        cause instanceof PartialWriteException partly ? partly.reason() : cause;
    state.failure = behind;
    boolean reached = first == null;
    for (Pending write : List.copyOf(state.pending)) {
      reached |= write == first;
      if (reached) {
        state.pending.remove(write);
        done.add(() -> write.stage.completeExceptionally(write == first ? cause : behind));
      }
    }
  }

  private void settle(Consumer<List<Runnable>> action) {
    settled(
        done -> {
          action.accept(done);
          return true;
        });
  }

  private boolean settled(Predicate<List<Runnable>> action) {
    List<Runnable> done = new ArrayList<>();
    boolean answer = cluster.read(() -> action.test(done));
    done.forEach(Runnable::run);
    return answer;
  }
}
