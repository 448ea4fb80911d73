package dev.twinlog.internal.engine.move;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.GroupSync;
import dev.twinlog.MoveProgress;
import dev.twinlog.internal.abilities.SinkAbilities;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.move.Failover.Live;
import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.OffsetTranslator;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.ReadableStore;
import dev.twinlog.spi.RecoverableSink;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StoredEntry;
import dev.twinlog.spi.WriteAck;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** A link whose store and sink are in memory, and fail at every step. */
abstract class FailoverCase {
  static final FailoverOptions QUICK =
      FailoverOptions.defaults().deadline(Duration.ofSeconds(10)).actor("anna");

  final Stored stored = new Stored();
  final Fences fences = new Fences();
  final List<MoveProgress> told = new ArrayList<>();
  Live live = Live.NOTHING;
  Optional<DeliveryGuarantee> guarantee = Optional.empty();

  static TopicPartition source(int number) {
    return new TopicPartition("orders", number);
  }

  static Route route(int number) {
    return new Route(source(number), new TopicPartition("copies", number));
  }

  /** What is stored of a link; every instance of the store is its owner from its load on. */
  static final class Stored {
    final Map<SourcePartition, Progress> progress = new HashMap<>();
    final Map<String, StoredEntry> entries = new HashMap<>();
    int owners;

    /** After how many saves another instance takes the link over. */
    int takenOverAfter = Integer.MAX_VALUE;

    /** After how many saves the answer to one that is done gets lost. */
    int unansweredAfter = Integer.MAX_VALUE;

    /** How many saves there are before the one that this comes just before; negative: never. */
    int saves = -1;

    Runnable beforeSave = () -> {};

    void progress(int number, long next, boolean clean, byte... state) {
      progress(route(number), next, clean, state);
    }

    void progress(Route route, long next, boolean clean, byte... state) {
      SourcePartition partition = new SourcePartition(route.source(), Optional.empty());
      RouteProgress written = new RouteProgress(route, next, next, state);
      progress.put(partition, new Progress(partition, next, clean, "", List.of(written)));
    }
  }

  static final class Store implements EntryStore, ReadableStore {
    final Stored stored;
    private int owner = -1;

    Store(Stored stored) {
      this.stored = stored;
    }

    @Override
    public Map<SourcePartition, Progress> load() {
      owner = ++stored.owners;
      return Map.copyOf(stored.progress);
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed) {
      return CompletableFuture.failedStage(new AssertionError("a failover saves no progress"));
    }

    @Override
    public Collection<StoredEntry> takeEntries() {
      return List.copyOf(stored.entries.values());
    }

    @Override
    public CompletionStage<Void> saveEntries(Collection<StoredEntry> changed) {
      if (stored.saves-- == 0) {
        stored.beforeSave.run();
      }
      if (stored.takenOverAfter-- == 0) {
        stored.owners++;
      }
      if (owner != stored.owners) {
        return CompletableFuture.failedStage(new FencedException("another instance has the link"));
      }
      for (StoredEntry entry : changed) {
        if (entry.isRemoved()) {
          stored.entries.remove(entry.key());
        } else {
          stored.entries.put(entry.key(), entry);
        }
      }
      if (stored.unansweredAfter-- == 0) {
        return CompletableFuture.failedStage(new RetriableException("no answer"));
      }
      return CompletableFuture.completedStage(null);
    }

    @Override
    public boolean exists() {
      return true;
    }

    @Override
    public Saved read() {
      return new Saved(stored.progress, List.of(), List.of(), stored.entries.values());
    }

    @Override
    public void close() {}
  }

  /** A sink that only recovers. */
  static final class Fences implements RecoverableSink {
    final Map<Route, Recovery> answers = new HashMap<>();
    final List<Route> asked = new ArrayList<>();
    boolean silent;
    @Nullable ReplicationException failsOnce;
    @Nullable ReplicationException failsAll;

    @Override
    public CompletionStage<Map<Route, Recovery>> recover(
        Map<Route, Optional<RouteProgress>> routes) {
      asked.addAll(routes.keySet());
      if (silent) {
        return new CompletableFuture<>();
      }
      if (failsAll != null) {
        return CompletableFuture.failedStage(failsAll);
      }
      Map<Route, Recovery> all = new HashMap<>();
      for (Route route : routes.keySet()) {
        ReplicationException failure = failsOnce;
        failsOnce = null;
        all.put(
            route,
            failure != null
                ? new Recovery.Unknown(failure)
                : answers.getOrDefault(route, Recovery.nothing(new byte[] {1})));
      }
      return CompletableFuture.completedStage(all);
    }

    @Override
    public SinkWriter openWriter(PluginContext context) {
      assertThat(context.exactlyOnce()).isTrue();
      return new SinkWriter() {
        @Override
        public void open(Route route) {}

        @Override
        public CompletionStage<WriteAck> write(Route route, ReplicationBatch batch) {
          return CompletableFuture.failedStage(new AssertionError("a failover writes no records"));
        }

        @Override
        public void close() {}
      };
    }
  }

  FailoverReport run(FailoverOptions options) {
    return failover(options, () -> new Store(stored)).run();
  }

  Failover failover(FailoverOptions options, Supplier<ProgressStore> stores) {
    Failover.Parts parts =
        new Failover.Parts(
            "x",
            fences,
            SinkAbilities.of(fences),
            stores,
            OffsetTranslator.exact(),
            guarantee,
            GroupSync.defaults(),
            new OfflineContext("x"),
            LinkTime.system(Clock.systemUTC()));
    return new Failover(parts, options.onProgress(told::add), live);
  }
}
