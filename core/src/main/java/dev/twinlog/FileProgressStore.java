package dev.twinlog;

import dev.twinlog.internal.progress.ProgressFile;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourcePartition;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a link's progress in a directory, for a sink that can't keep it itself. Give every link a
 * directory of its own, on a disk that survives the service: a local disk or a volume whose file
 * system has working locks.
 *
 * <p>Keeps no offset map: that lives in memory, and after a restart offsets from before it can't be
 * translated.
 *
 * <p>Every save replaces one file atomically and forces it to disk. Two instances of a link that
 * use the same directory, in one process or in two, fence each other: the one that loaded last is
 * the owner.
 *
 * <p><b>Threading.</b> Thread-safe. Saves are done by one daemon thread, {@code
 * twinlog-progress-file}, which begins with the first save and ends in {@link #close()}.
 *
 * <p><b>Errors.</b> {@link FencedException} if another instance took the link over; {@link
 * RetriableException} if the directory can't be read or written now (a full disk, for instance), or
 * its lock can't be acquired for 10 seconds; {@link LinkFailedException}, naming the file, if it is
 * damaged or was written in an unknown format.
 *
 * <p><b>Lifecycle.</b> As {@link ProgressStore}. Creating one touches no file.
 *
 * <p><b>Blocking.</b> {@link #load()} reads and writes the file; {@link #save} does not block.
 */
public final class FileProgressStore implements ProgressStore {
  private static final String THREAD = "twinlog-progress-file";
  private static final int CLOSE_MILLIS = 5_000;

  private final Path directory;
  private final ProgressFile file;
  private final UUID owner = UUID.randomUUID();
  private final ThreadPoolExecutor executor;

  /** What the file holds; filled by {@code load}, afterwards confined to the thread that saves. */
  private volatile Map<SourcePartition, Progress> saved = Map.of();

  private volatile boolean loaded;
  private volatile @Nullable Thread worker;

  private FileProgressStore(Path directory) {
    this.directory = directory;
    this.file = new ProgressFile(directory);
    this.executor =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, THREAD);
              thread.setDaemon(true);
              worker = thread;
              return thread;
            });
  }

  /**
   * A store for one link.
   *
   * @param directory where to keep the progress; made by {@link #load()} if it does not exist
   */
  public static FileProgressStore at(Path directory) {
    return new FileProgressStore(Objects.requireNonNull(directory, "directory"));
  }

  @Override
  public Map<SourcePartition, Progress> load() {
    if (executor.isShutdown()) {
      throw closed();
    }
    Map<SourcePartition, Progress> found = file.takeOver(owner);
    saved = found;
    loaded = true;
    return Map.copyOf(found);
  }

  @Override
  public CompletionStage<Void> save(Collection<Progress> changed) {
    Save save = new Save(List.copyOf(changed));
    if (!loaded) {
      save.result.completeExceptionally(
          new LinkFailedException(
              "progress in " + directory + " was not loaded, so this instance does not own it"));
      return save.result;
    }
    try {
      executor.execute(save);
    } catch (RejectedExecutionException e) {
      save.dropped();
    }
    return save.result;
  }

  /** Waits for saves in progress, for 5 seconds at most, and ends the thread. */
  @Override
  public void close() {
    executor.shutdown();
    Thread thread = worker;
    if (thread == null || thread == Thread.currentThread()) {
      return;
    }
    try {
      thread.join(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    executor.shutdownNow().forEach(save -> ((Save) save).dropped());
  }

  private LinkFailedException closed() {
    return new LinkFailedException("the progress store in " + directory + " is closed");
  }

  @Override
  public String toString() {
    return "progress in " + directory;
  }

  /** One save in the executor. */
  private final class Save implements Runnable {
    final CompletableFuture<Void> result = new CompletableFuture<>();
    private final List<Progress> changed;

    Save(List<Progress> changed) {
      this.changed = changed;
    }

    @Override
    public void run() {
      try {
        write();
      } catch (RuntimeException | Error e) {
        result.completeExceptionally(e);
        return;
      }
      result.complete(null);
    }

    void dropped() {
      result.completeExceptionally(closed());
    }

    private void write() {
      if (changed.isEmpty()) {
        file.prove(owner);
        return;
      }
      Map<SourcePartition, Progress> next = new LinkedHashMap<>(saved);
      changed.forEach(progress -> next.put(progress.source(), progress));
      file.save(owner, next.values());
      saved = next;
    }
  }
}
