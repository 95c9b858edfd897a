using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Backfill.Benchmarks;

/// <summary>Lets a connection to a port of this machine take half a round trip in each direction.</summary>
internal sealed class DelayingProxy : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly int target;
    private readonly TimeSpan half;

    public DelayingProxy(int target, TimeSpan roundTrip)
    {
        this.target = target;
        half = roundTrip / 2;
        listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public void Dispose() => listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync();
                var server = new TcpClient();
                await server.ConnectAsync(IPAddress.Loopback, target);
                client.NoDelay = server.NoDelay = true;
                _ = PumpAsync(client, server);
                _ = PumpAsync(server, client);
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // The measurement is over.
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to)
    {
        var pieces = Channel.CreateUnbounded<(long Due, byte[] Bytes)>();
        var writing = WriteAsync(to, pieces.Reader);
        try
        {
            var buffer = new byte[1 << 16];
            while (await from.GetStream().ReadAsync(buffer) is var read and > 0)
            {
                var due =
                    TimeProvider.System.GetTimestamp()
                    + (long)(half.TotalSeconds * TimeProvider.System.TimestampFrequency);
                pieces.Writer.TryWrite((due, buffer[..read]));
            }
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException)
        {
            // One side has closed.
        }

        pieces.Writer.Complete();
        await writing;
        to.Close();
    }

    private static async Task WriteAsync(TcpClient to, ChannelReader<(long Due, byte[] Bytes)> pieces)
    {
        await foreach (var (due, bytes) in pieces.ReadAllAsync())
        {
            var wait = TimeProvider.System.GetElapsedTime(TimeProvider.System.GetTimestamp(), due);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait);
            }

            try
            {
                await to.GetStream().WriteAsync(bytes);
            }
            catch (Exception ended) when (ended is IOException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }
}
