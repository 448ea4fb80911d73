package dev.twinlog.testkit.quickstart;

import dev.twinlog.testkit.quickstart.Snapshot.Phase;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A screen for a file, a pipe or a log: prints a line every two seconds and at each new phase. */
final class PlainScreen implements Screen {
  private static final Duration EVERY = Duration.ofSeconds(2);

  private final PrintStream out;
  private final View view = new View(false);
  private @Nullable Phase lastPhase;
  private Duration next = Duration.ZERO;

  PlainScreen(PrintStream out) {
    this.out = out;
  }

  @Override
  public synchronized void print(List<String> lines) {
    lines.forEach(out::println);
    out.flush();
  }

  @Override
  public synchronized void show(Snapshot now) {
    if (now.phase() != lastPhase) {
      // A phase begins with a text; its first figures follow later.
      lastPhase = now.phase();
      next = now.elapsed().plus(EVERY.dividedBy(2));
    } else if (now.phase() != Phase.COMPARING && now.elapsed().compareTo(next) >= 0) {
      next = now.elapsed().plus(EVERY);
      print(View.said(now.elapsed(), view.line(now)));
    }
  }

  @Override
  public void clear() {}

  @Override
  public void close() {}
}
