package dev.twinlog.testkit.internal.child;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;

/**
 * The main class of every child JVM: runs the main class that its first argument names, and halts
 * the JVM when standard input ends, which is when the parent is gone.
 *
 * <p>The parent's lines still reach {@link System#in} through an unbounded buffer, so that this
 * class sees the end of the input even if the program doesn't read.
 */
public final class ChildMain {
  /** The exit status of a child whose parent is gone. */
  public static final int PARENT_GONE = 86;

  private ChildMain() {}

  /** Runs {@code args[0]} with the other arguments. */
  public static void main(String[] args) throws Throwable {
    InputStream fromParent = System.in;
    QueueInputStream forwarded = new QueueInputStream();
    System.setIn(forwarded);
    Thread watch = new Thread(() -> forward(fromParent, forwarded), "watch-parent");
    watch.setDaemon(true);
    watch.start();
    try {
      Class.forName(args[0])
          .getMethod("main", String[].class)
          .invoke(null, (Object) Arrays.copyOfRange(args, 1, args.length));
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static void forward(InputStream from, QueueInputStream to) {
    try {
      byte[] buffer = new byte[8192];
      for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
        to.add(Arrays.copyOf(buffer, read));
      }
    } catch (IOException e) {
      // A broken pipe means the same.
    }
    Runtime.getRuntime().halt(PARENT_GONE);
  }
}
