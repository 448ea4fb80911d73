package dev.twinlog.testkit.soak;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Writes what happened, and when, to a file in the soak's directory, and findings to the user as
 * well. The first finding is printed with the faults before it. Thread-safe.
 */
final class Journal implements AutoCloseable {
  private static final int RECENT = 25;
  private static final int SHOWN_FINDINGS = 20;

  private final PrintStream out;
  private final Writer file;
  private final Deque<String> recent = new ArrayDeque<>();
  private final Map<Fault, Integer> counts = new EnumMap<>(Fault.class);
  private final List<String> findings = new ArrayList<>();

  Journal(PrintStream out, Path directory) {
    this.out = out;
    try {
      this.file =
          Files.newBufferedWriter(directory.resolve("timeline.log"), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("Making the timeline of the soak", e);
    }
  }

  /** Records an event. */
  synchronized void note(String what) {
    String line = LocalTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.MILLIS) + " " + what;
    recent.addLast(line);
    if (recent.size() > RECENT) {
      recent.removeFirst();
    }
    write(line);
  }

  /** Counts and records an injected fault. */
  synchronized void fault(Fault fault, String details) {
    int count = counts.merge(fault, 1, Integer::sum);
    note(fault + " " + count + (details.isEmpty() ? "" : ": " + details));
  }

  /** Records a violation. */
  synchronized void finding(String what) {
    findings.add(what);
    note("FINDING " + what);
    if (findings.size() == 1) {
      out.println("Found: " + what);
      out.println("What happened before it:");
      recent.forEach(line -> out.println("  " + line));
    } else if (findings.size() <= SHOWN_FINDINGS) {
      out.println("Found: " + what);
    }
  }

  synchronized int count(Fault fault) {
    return counts.getOrDefault(fault, 0);
  }

  synchronized List<String> findings() {
    return List.copyOf(findings);
  }

  @Override
  public synchronized void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException("Closing the timeline of the soak", e);
    }
  }

  private void write(String line) {
    try {
      file.write(line);
      file.write(System.lineSeparator());
      file.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("Writing the timeline of the soak", e);
    }
  }
}
