namespace Octavia.Jobs.Accounts;

/// <summary>What belongs to one user. The database context shows it to that user only, and it goes with the account.</summary>
public interface IOwned
{
    Guid UserId { get; }
}
