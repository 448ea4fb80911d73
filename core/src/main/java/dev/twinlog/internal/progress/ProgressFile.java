package dev.twinlog.internal.progress;

import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourcePartition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Stores the progress of one link in a directory: the file {@code progress} contains all of it
 * together with its owner, the file {@code lock} is only locked.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>{@code progress} is replaced as a whole (written to a second file, forced to disk,
 *       renamed), so after a crash it is the old or the new one, and the owner always matches the
 *       progress.
 *   <li>It is read and replaced only under the lock, so an instance that reads itself as the owner
 *       stays the owner until it releases the lock.
 * </ul>
 *
 * <p>Thread-safe, also between processes.
 */
public final class ProgressFile {
  private static final Duration LOCK_PATIENCE = Duration.ofSeconds(10);
  private static final long LOCK_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private final Path directory;
  private final Path file;
  private final Path temporary;
  private final Path lock;

  public ProgressFile(Path directory) {
    this.directory = directory;
    this.file = directory.resolve("progress");
    this.temporary = directory.resolve("progress.tmp");
    this.lock = directory.resolve("lock");
  }

  /**
   * Makes {@code owner} the owner and reads the progress. May wait for the lock for some seconds.
   *
   * @throws RetriableException if the directory can't be read or written now
   * @throws LinkFailedException if the file is damaged or of an unknown version
   */
  public Map<SourcePartition, Progress> takeOver(UUID owner) {
    return underLock(
        () -> {
          Map<SourcePartition, Progress> progress = new LinkedHashMap<>();
          if (Files.exists(file)) {
            for (Progress each : ProgressFileFormat.decode(file, Files.readAllBytes(file))) {
              progress.put(each.source(), each);
            }
          }
          replace(owner, progress.values());
          return progress;
        });
  }

  /**
   * Replaces all progress.
   *
   * @throws FencedException if {@code owner} is no longer the owner
   * @throws RetriableException if the directory can't be read or written now
   * @throws LinkFailedException if the file is gone, damaged or of an unknown version
   */
  public void save(UUID owner, Collection<Progress> all) {
    underLock(
        () -> {
          checkOwner(owner);
          replace(owner, all);
          return owner;
        });
  }

  /** Checks the ownership; throws like {@link #save}. */
  public void prove(UUID owner) {
    underLock(
        () -> {
          checkOwner(owner);
          return owner;
        });
  }

  private void checkOwner(UUID owner) throws IOException {
    byte[] head;
    try (var in = Files.newInputStream(file)) {
      head = in.readNBytes(ProgressFileFormat.HEAD_SIZE);
    } catch (NoSuchFileException e) {
      throw new LinkFailedException(
          "%s is gone: the progress of a running link was deleted".formatted(file), e);
    }
    UUID found = ProgressFileFormat.owner(file, head);
    if (!found.equals(owner)) {
      throw new FencedException(
          "another instance (%s) took over the link whose progress is in %s; this one is %s"
              .formatted(found, file, owner));
    }
  }

  private void replace(UUID owner, Collection<Progress> all) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(ProgressFileFormat.encode(owner, all));
    try (FileChannel out =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
    try {
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      throw new LinkFailedException(
          "the file system of %s can't replace a file atomically; keep progress elsewhere"
              .formatted(directory),
          e);
    }
    forceDirectory();
  }

  /** Makes the rename durable. Systems that can't open a directory don't need it. */
  private void forceDirectory() throws IOException {
    FileChannel opened;
    try {
      opened = FileChannel.open(directory, StandardOpenOption.READ);
    } catch (IOException e) {
      return;
    }
    try (FileChannel channel = opened) {
      channel.force(true);
    }
  }

  private <T> T underLock(IoAction<T> action) {
    try {
      Files.createDirectories(directory);
      try (FileChannel channel =
              FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock held = acquire(channel)) {
        assert held.isValid();
        return action.run();
      }
    } catch (IOException e) {
      throw new RetriableException(
          "progress in %s can't be read or written: %s".formatted(directory, e), e);
    }
  }

  /** Polls for the lock: other instances release it within milliseconds. */
  private FileLock acquire(FileChannel channel) throws IOException {
    long deadlineNanos = System.nanoTime() + LOCK_PATIENCE.toNanos();
    while (true) {
      FileLock held = tryLock(channel);
      if (held != null) {
        return held;
      }
      if (Thread.currentThread().isInterrupted()) {
        throw new RetriableException("interrupted while waiting for the lock " + lock);
      }
      if (System.nanoTime() - deadlineNanos > 0) {
        throw new RetriableException(
            "another instance has held the lock %s for %s".formatted(lock, LOCK_PATIENCE));
      }
      LockSupport.parkNanos(LOCK_RETRY_NANOS);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // held by another thread of this process
    }
  }

  @FunctionalInterface
  private interface IoAction<T> {
    T run() throws IOException;
  }
}
