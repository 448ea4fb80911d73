package dev.twinlog.testkit.simulator.model;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * A model of a partition: the log of its present leader, and that leader's state.
 *
 * <p>Invariants: batches ascend without overlap; log start ≤ high watermark ≤ log end; records
 * below a high watermark are lost only by {@link #elect} with a lower end, which is an unclean
 * election.
 */
public final class ModelPartition {

  /** Receives the changes of a log. */
  public interface Watcher {
    void appended(ModelPartition partition, ModelBatch batch);

    /**
     * Everything from an offset on was truncated.
     *
     * @param batches the removed ones, of which those below {@code committed} were replicated
     * @param start the log start: earlier records had been removed by retention
     */
    void truncated(
        ModelPartition partition, long end, List<ModelBatch> batches, long committed, long start);
  }

  /**
   * The result of an append: on success its base offset and the offset up to which it must be
   * replicated.
   */
  record Appended(Errors error, long baseOffset, long next) {
    static Appended refused(Errors error) {
      return new Appended(error, -1, -1);
    }
  }

  private record Waiting(long next, Consumer<Errors> done) {}

  static final int NO_LEADER = -1;

  private final TopicPartition name;
  private final ModelWorld world;
  private final Watcher watcher;
  private final int maxBytes;
  private final List<ModelBatch> log = new ArrayList<>();
  private final ProducerMemory memory = new ProducerMemory();

  /** The log end when the present leader was elected. */
  private long epochStart;

  private List<Waiting> waiting = new ArrayList<>();
  private List<Runnable> readers = new ArrayList<>();
  private int leader;
  private int leaderEpoch;
  private long start;
  private long highWatermark;

  /** The greatest high watermark so far: every in-sync replica has the records below it. */
  private long committed;

  private long end;
  private boolean enoughReplicas = true;
  private int refusals;
  private @Nullable Runnable afterNextRead;
  private boolean replicating = true;

  ModelPartition(TopicPartition name, ModelWorld world, int leader, int maxBytes, Watcher watcher) {
    this.name = name;
    this.world = world;
    this.leader = leader;
    this.maxBytes = maxBytes;
    this.watcher = watcher;
    world.agenda().after(checkPause(world.random().nextInt(1_000)), this::expire);
  }

  private long checkPause(int thousandths) {
    return world.checkMs() * 1_000L * thousandths;
  }

  private void expire() {
    memory.expire(world.agenda().wallMs(), world.memoryMs());
    world.agenda().after(checkPause(1_000), this::expire);
  }

  public TopicPartition name() {
    return name;
  }

  /** The broker that leads it, or {@link #NO_LEADER}. */
  public int leader() {
    return leader;
  }

  public int leaderEpoch() {
    return leaderEpoch;
  }

  public long start() {
    return start;
  }

  public long highWatermark() {
    return highWatermark;
  }

  public long end() {
    return end;
  }

  /** The offset below which records are lost by an unclean election only. */
  public long committed() {
    return committed;
  }

  /** All batches of the log. */
  public List<ModelBatch> log() {
    return log;
  }

  // Writing.

  /** Appends a client's batch, or refuses it. */
  Appended append(ByteBuffer bytes) {
    if (!enoughReplicas || refusals > 0) {
      refusals = Math.max(0, refusals - 1);
      return Appended.refused(Errors.NOT_ENOUGH_REPLICAS);
    }
    Errors refusal = ModelBatch.refusal(bytes, maxBytes);
    if (refusal != Errors.NONE) {
      return Appended.refused(refusal);
    }
    ModelBatch batch = ModelBatch.placed(bytes, end, leaderEpoch);
    ProducerMemory.Remembered before = memory.duplicate(batch);
    if (before != null) {
      return new Appended(Errors.NONE, before.baseOffset(), before.lastOffset() + 1);
    }
    Errors error = memory.check(batch);
    if (error != Errors.NONE) {
      return Appended.refused(error);
    }
    add(batch);
    return new Appended(Errors.NONE, batch.baseOffset(), end);
  }

  /** Appends a batch of another producer. */
  public void appendForeign(ByteBuffer bytes) {
    if (leader != NO_LEADER) {
      append(bytes);
    }
  }

  /** Appends a transaction marker, or refuses it. */
  Appended append(ModelBatch.Marker marker) {
    if (!enoughReplicas) {
      return Appended.refused(Errors.NOT_ENOUGH_REPLICAS);
    }
    Errors error = memory.check(marker);
    if (error != Errors.NONE) {
      return Appended.refused(error);
    }
    add(ModelBatch.marker(marker, end, leaderEpoch, world.agenda().wallMs()));
    return new Appended(Errors.NONE, end - 1, end);
  }

  private void add(ModelBatch batch) {
    log.add(batch);
    end = batch.lastOffset() + 1;
    memory.appended(batch);
    watcher.appended(this, batch);
    long reached = end;
    int epoch = leaderEpoch;
    long nanos = world.times().draw(world.random(), world.times().replication());
    if (nanos == 0) {
      replicated(reached, epoch);
    } else {
      world.agenda().after(nanos, () -> replicated(reached, epoch));
    }
  }

  private void replicated(long to, int epoch) {
    if (epoch == leaderEpoch && replicating && to > highWatermark) {
      highWatermark = Math.min(to, end);
      committed = Math.max(committed, highWatermark);
      wake();
    }
  }

  /**
   * Calls back when everything before an offset is replicated, or with an error when that is
   * unknown.
   */
  void whenReplicated(long next, Consumer<Errors> done) {
    if (next <= highWatermark) {
      done.accept(replicated());
    } else {
      waiting.add(new Waiting(next, done));
    }
  }

  private Errors replicated() {
    return enoughReplicas ? Errors.NONE : Errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND;
  }

  /** Calls back once, at the next change that readers can see. */
  void whenChanged(Runnable reader) {
    readers.add(reader);
  }

  private void wake() {
    List<Waiting> before = waiting;
    waiting = new ArrayList<>();
    for (Waiting one : before) {
      if (one.next() <= highWatermark) {
        one.done().accept(replicated());
      } else {
        waiting.add(one);
      }
    }
    wakeReaders();
  }

  private void wakeReaders() {
    List<Runnable> before = readers;
    readers = new ArrayList<>();
    before.forEach(Runnable::run);
  }

  // Reading.

  /** The batches from the one with an offset on, below the high watermark, limited to a size. */
  ByteBuffer read(long offset, int bytes, boolean atLeastOne) {
    wasRead();
    int from = indexOf(offset);
    int size = 0;
    int to = from;
    while (to < log.size() && log.get(to).lastOffset() < highWatermark && size < bytes) {
      size += log.get(to++).size();
    }
    if (from == to && atLeastOne && from < log.size() && isVisible(from)) {
      size = log.get(to++).size();
    }
    boolean firstIncomplete = from < to && log.get(from).size() > bytes;
    if (firstIncomplete && !atLeastOne) {
      return ByteBuffer.allocate(0);
    }
    ByteBuffer all = ByteBuffer.allocate(size);
    log.subList(from, to).forEach(batch -> all.put(batch.bytes()));
    int limit = firstIncomplete ? log.get(from).size() : Math.min(bytes, size);
    return all.flip().limit(limit);
  }

  private boolean isVisible(int index) {
    return log.get(index).lastOffset() < highWatermark;
  }

  /** Runs an action once, after the next read. */
  public void afterNextRead(Runnable action) {
    afterNextRead = action;
  }

  private void wasRead() {
    Runnable action = afterNextRead;
    if (action != null) {
      afterNextRead = null;
      world.agenda().after(0, action);
    }
  }

  /** The index of the first batch that ends at or after an offset. */
  private int indexOf(long offset) {
    int low = 0;
    int high = log.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (log.get(middle).lastOffset() < offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Whether the high watermark has reached the start of the present leader epoch. */
  boolean isSettled() {
    return highWatermark >= epochStart;
  }

  // Faults.

  /**
   * Elects another broker, or the same one again.
   *
   * @param cut the end of its log: not below {@link #committed}, unless the election is unclean
   */
  void elect(int broker, long cut) {
    leader = broker;
    leaderEpoch++;
    boolean truncated = cut < end;
    long began = start;
    List<ModelBatch> gone = truncated ? cutOff(cut) : List.of();
    epochStart = end;
    // a follower learns the high watermark later than the leader
    long before = committed;
    committed = Math.min(committed, end);
    long known = Math.min(highWatermark, end);
    int behind = world.times().replication() == 0 ? 0 : world.random().nextInt(4);
    highWatermark = log.size() <= behind ? Math.min(start, end) : boundary(log.size() - behind);
    highWatermark = Math.max(start, Math.min(highWatermark, known));
    if (truncated) {
      watcher.truncated(this, end, gone, before, began);
    }
    remember(truncated);
    failWaiting();
    if (broker != NO_LEADER) {
      catchUp();
    }
  }

  private List<ModelBatch> cutOff(long cut) {
    List<ModelBatch> gone = new ArrayList<>();
    end = Math.max(cut, start);
    while (!log.isEmpty() && log.get(log.size() - 1).lastOffset() >= cut) {
      ModelBatch last = log.remove(log.size() - 1);
      end = Math.min(end, last.baseOffset());
      gone.add(last);
    }
    start = Math.min(start, end);
    return gone;
  }

  private long boundary(int batches) {
    return batches == 0 ? start : log.get(batches - 1).lastOffset() + 1;
  }

  /** Builds the new leader's producer state: from the same batches, or from a snapshot. */
  private void remember(boolean truncated) {
    boolean reloads = truncated || world.random().nextBoolean();
    if (reloads) {
      reload(world.random().nextInt(log.size() + 1));
    }
    if (world.random().nextBoolean()) {
      memory.expire(world.agenda().wallMs(), world.memoryMs());
    }
  }

  /** Loads the producer state from a complete snapshot, as after a clean restart. */
  void reload() {
    reload(log.size());
  }

  private void reload(int snapshot) {
    memory.reload(
        log.subList(0, snapshot),
        log.subList(snapshot, log.size()),
        world.agenda().wallMs(),
        world.memoryMs());
  }

  private void failWaiting() {
    List<Waiting> before = waiting;
    waiting = new ArrayList<>();
    before.forEach(one -> one.done().accept(Errors.NOT_LEADER_OR_FOLLOWER));
    wakeReaders();
  }

  private void catchUp() {
    int epoch = leaderEpoch;
    long reached = end;
    long nanos = world.times().draw(world.random(), world.times().replication());
    world.agenda().after(nanos, () -> replicated(reached, epoch));
  }

  /** Sets whether the in-sync replicas reach {@code min.insync.replicas}. */
  public void enoughReplicas(boolean enough) {
    enoughReplicas = enough;
  }

  /** Refuses the next few batches for too few in-sync replicas. */
  public void refuseNext(int batches) {
    refusals = batches;
  }

  /** Sets whether followers fetch; without them the high watermark does not move. */
  public void replicating(boolean fetched) {
    replicating = fetched;
    if (fetched) {
      catchUp();
    }
  }

  public boolean isHealthy() {
    return enoughReplicas && replicating;
  }

  /**
   * The offset before which everything is older than a time: the furthest that retention by time
   * can remove, since a segment is as old as its newest record.
   */
  public long oldUntil(long timeMs) {
    for (ModelBatch batch : log) {
      if (batch.maxTimestamp() > timeMs) {
        return batch.baseOffset();
      }
    }
    return end;
  }

  /** Moves the log start to an offset, as retention does. */
  public void moveStart(long to) {
    start = Math.max(start, Math.min(to, highWatermark));
    while (!log.isEmpty() && log.get(0).lastOffset() < start) {
      log.remove(0);
    }
  }

  /** Lets a cleaner compact the first batches. */
  void clean(int batches, ModelCleaner cleaner) {
    int cleanable = Math.min(indexOf(highWatermark), log.size() - 1); // never the active segment
    cleaner.clean(log, Math.max(0, Math.min(batches, cleanable)), memory::isLast);
  }
}
