package dev.twinlog.benchmarks;

import dev.twinlog.Offsets;
import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.internal.offsets.RouteMap;
import dev.twinlog.internal.offsets.SourceMap;
import dev.twinlog.internal.offsets.TranslatedOffsets;
import dev.twinlog.spi.OffsetTranslator;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.Translation;
import dev.twinlog.spi.Translation.Exact;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Compares how many records a consumer group reads again when it moves to the target: for every
 * position in a million records, the distance from the translated offset to the right one.
 * MirrorMaker 2 is represented by its own classes, unchanged: the one that decides when to write an
 * offset sync ({@code offset.lag.max} 100, the default) and the store that translates.
 *
 * <pre>{@code
 * java -cp 'benchmarks/target/benchmarks.jar:benchmarks/mirrormaker/target/lib/*' dev.twinlog.benchmarks.ReRead
 * }</pre>
 */
public final class ReRead {
  private static final int RECORDS = 1_000_000;
  private static final TopicPartition PARTITION = new TopicPartition("orders", 0);
  private static final Route ROUTE = new Route(PARTITION, PARTITION);

  private ReRead() {}

  /** Prints a table. */
  public static void main(String[] args) throws ReflectiveOperationException {
    Random random = new Random(1);
    long[] contiguous = new long[RECORDS];
    long[] transactional = new long[RECORDS];
    long next = 0;
    int left = 10;
    for (int i = 0; i < RECORDS; i++) {
      contiguous[i] = i;
      transactional[i] = next++;
      if (--left == 0) {
        left = 10 + random.nextInt(21);
        next += random.nextInt(10) < 3 ? 1 + left + 1 : 1; // its marker, and what was aborted
      }
    }
    System.out.println("| source | translator | mean re-read | max re-read |");
    System.out.println("| --- | --- | ---: | ---: |");
    report("contiguous", "MirrorMaker 2, a sync every 100", mirrorMaker(contiguous, 100));
    report("contiguous", "MirrorMaker 2, its own choice", mirrorMaker(contiguous, 0));
    report("contiguous", "Twinlog", twinlog(contiguous));
    report(
        "transactional, 30 % aborted",
        "MirrorMaker 2, its own choice", mirrorMaker(transactional, 0));
    report("transactional, 30 % aborted", "Twinlog", twinlog(transactional));
  }

  private static void report(String source, String translator, long[] again) {
    System.out.printf(
        "| %s | %s | %,.0f | %,d |%n",
        source,
        translator,
        Arrays.stream(again).average().orElseThrow(),
        Arrays.stream(again).max().orElseThrow());
  }

  /**
   * For the position of each record, how many a reader of the copy reads again; it is at its index.
   */
  private static long[] twinlog(long[] offsets) {
    OffsetMaps maps = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);
    RouteProgress begin = new RouteProgress(ROUTE, 0, 0, new byte[0]);
    SourceMap source =
        maps.open(
            new Progress(
                new SourcePartition(PARTITION, Optional.empty()), 0, false, "", List.of(begin)));
    RouteMap map = source.route(ROUTE);
    for (int i = 0; i < RECORDS; i++) {
      map.append(offsets[i], i, 1);
      source.checkpoint(offsets[i] + 1);
    }
    Offsets translator = new TranslatedOffsets(OffsetTranslator.exact(), maps.history());
    long[] again = new long[RECORDS];
    for (int i = 0; i < RECORDS; i++) {
      Translation found = translator.toTarget(PARTITION, offsets[i]);
      if (!(found instanceof Exact exact) || exact.offset() > i) {
        throw new IllegalStateException("source offset " + offsets[i] + " is " + found);
      }
      again[i] = i - exact.offset();
    }
    return again;
  }

  /** As {@link #twinlog}; 0 leaves it to MirrorMaker when it writes a sync. */
  private static long[] mirrorMaker(long[] offsets, int every) throws ReflectiveOperationException {
    SyncStore store = new SyncStore();
    for (int i = 0; i < RECORDS; i++) {
      if (every == 0 ? store.wantsSync(offsets[i], i) : i % every == 0) {
        store.sync(offsets[i], i);
      }
    }
    long[] again = new long[RECORDS];
    for (int i = 0; i < RECORDS; i++) {
      long found = store.translate(offsets[i]).orElseThrow();
      if (found > i) {
        throw new IllegalStateException("source offset " + offsets[i] + " is " + found);
      }
      again[i] = i - Math.max(0, found);
    }
    return again;
  }

  /** MirrorMaker's writer of syncs and its store, as if they ran in one place. */
  private static final class SyncStore {
    private static final String PACKAGE = "org.apache.kafka.connect.mirror.";
    private static final long DEFAULT_LAG = 100;

    private final Object state;
    private final Method update;
    private final Method reset;
    private final Constructor<?> sync;
    private final Method key;
    private final Method value;
    private final Object store;
    private final Method handle;
    private final Method translate;

    SyncStore() throws ReflectiveOperationException {
      Class<?> states = Class.forName(PACKAGE + "OffsetSyncWriter$PartitionState");
      state = open(states.getDeclaredConstructor(long.class)).newInstance(DEFAULT_LAG);
      update = open(states.getDeclaredMethod("update", long.class, long.class));
      reset = open(states.getDeclaredMethod("reset"));
      Class<?> syncs = Class.forName(PACKAGE + "OffsetSync");
      sync = syncs.getConstructor(TopicPartition.class, long.class, long.class);
      key = open(syncs.getDeclaredMethod("recordKey"));
      value = open(syncs.getDeclaredMethod("recordValue"));
      Class<?> stores = Class.forName(PACKAGE + "OffsetSyncStore");
      store = open(stores.getDeclaredConstructor()).newInstance();
      handle = open(stores.getDeclaredMethod("handleRecord", ConsumerRecord.class));
      translate =
          stores.getMethod("translateDownstream", String.class, TopicPartition.class, long.class);
      // as start(true) leaves it once it has read the topic to its end
      set(stores, "initializationMustReadToEnd");
      set(stores, "readToEnd");
    }

    private void set(Class<?> stores, String flag) throws ReflectiveOperationException {
      Field field = stores.getDeclaredField(flag);
      field.setAccessible(true);
      field.setBoolean(store, true);
    }

    private static <T extends java.lang.reflect.AccessibleObject> T open(T member) {
      member.setAccessible(true);
      return member;
    }

    boolean wantsSync(long source, long target) throws ReflectiveOperationException {
      return (boolean) update.invoke(state, source, target);
    }

    void sync(long source, long target) throws ReflectiveOperationException {
      Object one = sync.newInstance(PARTITION, source, target);
      byte[] name = (byte[]) key.invoke(one);
      handle.invoke(store, new ConsumerRecord<>("syncs", 0, 0, name, (byte[]) value.invoke(one)));
      reset.invoke(state);
    }

    OptionalLong translate(long source) throws ReflectiveOperationException {
      return (OptionalLong) translate.invoke(store, "group", PARTITION, source);
    }
  }
}
