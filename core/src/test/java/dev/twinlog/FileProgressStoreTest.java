package dev.twinlog;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourcePartition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileProgressStoreTest {
  @TempDir Path directory;

  @Test
  void whatWasSavedIsThereAfterReopening() throws Exception {
    try (ProgressStore store = FileProgressStore.at(directory.resolve("a/b"))) {
      assertThat(store.load()).isEmpty();
      get(store.save(List.of(progress(0, 10), progress(1, 20))));
      get(store.save(List.of(progress(1, 21))));
    }
    try (ProgressStore store = FileProgressStore.at(directory.resolve("a/b"))) {
      assertThat(store.load())
          .isEqualTo(Map.of(source(0), progress(0, 10), source(1), progress(1, 21)));
    }
  }

  @Test
  void aFormerOwnerIsFenced() throws Exception {
    try (ProgressStore former = FileProgressStore.at(directory);
        ProgressStore owner = FileProgressStore.at(directory)) {
      former.load();
      get(former.save(List.of(progress(0, 10))));
      owner.load();
      assertFenced(former.save(List.of(progress(0, 11))));
      assertFenced(former.save(List.of()));
      get(owner.save(List.of()));
    }
  }

  @Test
  void anOwnerInAnotherProcessFencesThisOne() throws Exception {
    try (ProgressStore store = FileProgressStore.at(directory)) {
      store.load();
      get(store.save(List.of(progress(0, 10))));
      runInAnotherProcess();
      assertFenced(store.save(List.of(progress(0, 11))));
      assertThat(FileProgressStore.at(directory).load())
          .isEqualTo(Map.of(source(0), progress(0, 10), source(7), progress(7, 70)));
    }
  }

  @Test
  void manySavesInARowAllLand() throws Exception {
    try (ProgressStore store = FileProgressStore.at(directory)) {
      store.load();
      List<CompletionStage<Void>> saves = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        saves.add(store.save(List.of(progress(i, i))));
      }
      for (CompletionStage<Void> save : saves) {
        get(save);
      }
      assertThat(FileProgressStore.at(directory).load()).hasSize(50);
    }
  }

  @Test
  void aSaveBeforeLoadOrAfterCloseFails() {
    ProgressStore store = FileProgressStore.at(directory);
    assertFailed(store.save(List.of(progress(0, 1))), LinkFailedException.class, "not loaded");
    store.load();
    store.close();
    store.close();
    assertFailed(store.save(List.of(progress(0, 1))), LinkFailedException.class, "is closed");
    assertThatThrownBy(store::load).isInstanceOf(LinkFailedException.class);
  }

  @Test
  void aDamagedFileIsRefusedByName() throws Exception {
    try (ProgressStore store = FileProgressStore.at(directory)) {
      store.load();
      get(store.save(List.of(progress(0, 10))));
    }
    Path file = directory.resolve("progress");
    byte[] good = Files.readAllBytes(file);
    for (int at = 0; at < good.length; at++) {
      byte[] bad = good.clone();
      bad[at] ^= 0x10;
      assertRefused(file, bad);
    }
    for (int length = 0; length < good.length; length++) {
      assertRefused(file, java.util.Arrays.copyOf(good, length));
    }
  }

  @Test
  void aDamagedFileThatIsDeletedOrRestored_asItsMessageSays_isUsable() throws Exception {
    try (ProgressStore store = FileProgressStore.at(directory)) {
      store.load();
      get(store.save(List.of(progress(0, 10))));
    }
    Path file = directory.resolve("progress");
    byte[] backup = Files.readAllBytes(file);
    Files.write(file, new byte[0]);
    try (ProgressStore store = FileProgressStore.at(directory)) {
      assertThatThrownBy(store::load)
          .hasMessageContaining("restore it from a backup, or delete it to start without progress");
    }
    Files.write(file, backup);
    try (ProgressStore store = FileProgressStore.at(directory)) {
      assertThat(store.load()).hasSize(1);
    }
    Files.delete(file);
    try (ProgressStore store = FileProgressStore.at(directory)) {
      assertThat(store.load()).isEmpty();
      get(store.save(List.of(progress(0, 20))));
    }
    try (ProgressStore store = FileProgressStore.at(directory)) {
      assertThat(store.load()).hasSize(1);
    }
  }

  private void assertRefused(Path file, byte[] bytes) throws IOException {
    Files.write(file, bytes);
    try (ProgressStore store = FileProgressStore.at(directory)) {
      assertThatThrownBy(store::load)
          .isInstanceOf(LinkFailedException.class)
          .hasMessageContaining(file.toString());
    }
    assertThat(file).as("a refused file is left as it is").hasBinaryContent(bytes);
  }

  @Test
  void anInterruptedWriteLeavesTheFormerProgress() throws Exception {
    try (ProgressStore store = FileProgressStore.at(directory)) {
      store.load();
      get(store.save(List.of(progress(0, 10))));
    }
    Files.write(directory.resolve("progress.tmp"), new byte[] {1, 2, 3});
    try (ProgressStore store = FileProgressStore.at(directory)) {
      assertThat(store.load()).containsOnlyKeys(source(0));
    }
  }

  @Test
  void aProgressFileThatVanishesIsNotTakenForAnOwnership() throws Exception {
    try (ProgressStore store = FileProgressStore.at(directory)) {
      store.load();
      Files.delete(directory.resolve("progress"));
      assertFailed(store.save(List.of(progress(0, 1))), LinkFailedException.class, "is gone");
    }
  }

  @Test
  void aDirectoryThatCannotBeMadeIsRetriable() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    assertThatThrownBy(() -> FileProgressStore.at(file.resolve("below")).load())
        .isInstanceOf(RetriableException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void closeEndsTheThread() throws Exception {
    try (ProgressStore store = FileProgressStore.at(directory)) {
      store.load();
      get(store.save(List.of()));
      assertThat(threads()).containsOnlyOnce("twinlog-progress-file");
    }
    assertThat(threads()).doesNotContain("twinlog-progress-file");
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .toList();
  }

  private void runInAnotherProcess() throws Exception {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    Process process =
        new ProcessBuilder(
                java.toString(),
                "-cp",
                System.getProperty("java.class.path"),
                OtherProcess.class.getName(),
                directory.toString())
            .inheritIO()
            .start();
    assertThat(process.waitFor(60, SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
  }

  /** Takes the link over and saves once. */
  static final class OtherProcess {
    private OtherProcess() {}

    public static void main(String[] args) throws Exception {
      try (ProgressStore store = FileProgressStore.at(Path.of(args[0]))) {
        store.load();
        get(store.save(List.of(progress(7, 70))));
      }
    }
  }

  private static void assertFenced(CompletionStage<Void> save) {
    assertFailed(save, FencedException.class, "another instance");
  }

  private static void assertFailed(
      CompletionStage<Void> save, Class<? extends Throwable> type, String text) {
    assertThat(save.toCompletableFuture())
        .failsWithin(10, SECONDS)
        .withThrowableOfType(java.util.concurrent.ExecutionException.class)
        .havingCause()
        .isInstanceOf(type)
        .withMessageContaining(text);
  }

  private static void get(CompletionStage<Void> save) throws Exception {
    CompletableFuture<Void> future = save.toCompletableFuture();
    future.get(10, SECONDS);
  }

  private static SourcePartition source(int partition) {
    return new SourcePartition(new TopicPartition("orders", partition), Optional.empty());
  }

  private static Progress progress(int partition, long next) {
    return new Progress(source(partition), next, false, "stages", List.of());
  }
}
